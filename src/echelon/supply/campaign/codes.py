"""Message codes of campaign instances, each with one line of meaning; those of files are a company's."""

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        "E650": "The file is not JSON.",
        "E651": "A key is given twice.",
        "E652": "A value has the wrong type.",
        "E653": "Something that is needed is missing.",
        "E654": "A number is out of its range.",
        "E655": "A name is not known, or stands twice.",
        "E656": "The file describes no kind of instance that can be planned.",
        "E657": "The instance is too large.",
        "E660": "The requirements cannot all be met.",
        "W650": "A key is not known and is not used.",
        "W651": "Something is not given; what is used instead.",
        "W652": "What is given makes no sense for one reading, or is never used.",
    }
)
