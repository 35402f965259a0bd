"""Message codes of tables of experiments, each with one line of meaning; those of files are a company's."""

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        "E600": "The file is no table of experiments that can be read.",
        "E601": "It is not said which columns are responses.",
        "E602": "A factor, response or block is not a column of the table.",
        "E603": "The settings have a section or key that does not exist.",
        "E604": "A value of the settings has the wrong type.",
        "E605": "A low value is not below its high one.",
        "E606": "A word is not one of its choices.",
        "E607": "A factor has the same level in every run.",
        "E608": "A cell of a column of numbers is not a number, or is too large to be one.",
        "E609": "There is nothing to work on: no runs, no factors, or no measured response.",
        "E610": "A column is given two roles.",
        "E611": "A level is not one of the factor's.",
        "E612": "A set point or target does not fit.",
        "E613": "An option is not written as it should be.",
        "E614": "The design asked for cannot be made for these factors.",
        "E615": "The distribution cannot be written into the company's recipes.",
    }
)
