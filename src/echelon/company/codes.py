"""Every message code with one line of meaning; the page of errors is made from it."""

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        "E001": "The folder or workbook is not there.",
        "E002": "The path is neither a folder nor an .xlsx workbook.",
        "E003": "A file, table or sheet that every company needs is missing.",
        "E004": "The file holds nothing; a table needs at least its line of column names.",
        "E005": "The file is not UTF-8 text.",
        "E006": "A cell holds a character that cannot be printed.",
        "E007": "A quoted cell is never closed; the place is where it opens.",
        "E008": "Text follows the closing quote of a cell.",
        "E009": "Cells are separated by semicolons or tabs instead of commas.",
        "E010": "A row has more or fewer cells than the header.",
        "E011": "A column is there twice.",
        "E012": "A column that the table needs is missing.",
        "E013": "A column is not one of the table's.",
        "E014": "A cell stands in a column that has no name.",
        "E015": "A file or sheet is not one of a company's tables.",
        "E016": "A file, table or cell is larger than is read.",
        "E017": "company.toml is not TOML.",
        "E018": "company.toml has a section or key that does not exist.",
        "E019": "company.toml lacks a value that has no default.",
        "E020": "The file system does not let the file be read.",
        "E021": "The workbook cannot be opened.",
        "E022": "A plan or scenario has a name that cannot be used.",
        "E101": "A cell that has no default is blank.",
        "E102": "The cell is not a number.",
        "E103": "The cell is not a whole number.",
        "E104": "The number lies outside the range of its column.",
        "E105": "The number is not finite.",
        "E106": "Low, mode, high and shape of an uncertain value do not fit together.",
        "E107": "The cell is not a day, or not one that exists.",
        "E108": "The day lies before 1900 or after 2200.",
        "E109": "The cell is neither true nor false.",
        "E110": "The word is not one of the column's choices.",
        "E111": "The cell is not a short name.",
        "E112": "The cell is not a calendar quarter.",
        "E113": "A key is there twice.",
        "E114": "The cell is not a currency code.",
        "E115": "A list has an empty entry or the wrong separator.",
        "E116": "A value of company.toml has the wrong type.",
        "E201": "A name is not in the table it refers to.",
        "E202": "Programs wait for each other in a circle.",
        "E203": "Filings of a program rely on each other in a circle.",
        "E204": "A stage is not one of its chain.",
        "E205": "A chain does not exist.",
        "E206": "A row of `sources` points at no cell of the company.",
        "E207": "A choice of a plan acts on something that does not exist.",
        "E208": "A change of a scenario does not apply.",
        "E209": "The scenario does not exist.",
        "E210": "Lines of therapy come after each other in a circle.",
        "E211": "Conditional approvals confirm each other in a circle, or themselves.",
        "E212": "Deals are sub-licences of each other in a circle.",
        "E301": "A program that runs has no market.",
        "E302": "A filing is approved before it is submitted.",
        "E303": "Status and days of a filing contradict each other.",
        "E304": "A program is approved somewhere, yet its stage is before filing.",
        "E305": "A filing relies on a territory in which the program has no filing.",
        "E306": "A marketed program starts in the future.",
        "E307": "A deal has both one royalty and tiers.",
        "E308": "Royalty tiers do not rise with sales.",
        "E309": "A list names one thing twice.",
        "E310": "Two active deals hold one asset in one territory at the same time.",
        "E311": "A currency that is used has no rate.",
        "E312": "The company's own currency has a rate other than 1.",
        "E313": "A recipe does not say how many grams are sold.",
        "E314": "Something ends before it starts.",
        "E315": "A row of `stages` lacks what a chain or a program needs.",
        "E316": "A chain is not in order.",
        "E317": "`depends_stage` does not fit `depends_on`.",
        "E318": "A choice of a plan lacks its day or number, or the number is out of range.",
        "E319": "A rival has no entry, or two.",
        "E320": "A platform's rate of candidates is not known.",
        "E321": "A program has sales of all territories together and of single ones.",
        "E322": "A reported figure lies in the future, or lacks its asset.",
        "E323": "The chances, the outcome and the day of an inspection contradict each other.",
        "E324": "A sales milestone does not say at which sales it is paid.",
        "E325": "Status and day of a listing contradict each other.",
        "E326": "A territory names a country that is not one.",
        "E327": "A country is in two territories.",
        "E330": "The pathway of a filing lacks what it needs, or has what belongs to another.",
        "E331": "A bridging study may be asked for, and has no length.",
        "E332": "A filing is approved with a greater chance than there are data to approve.",
        "E333": "A complete response is possible, and no cycle may follow it.",
        "E334": "A line of therapy comes after one of another disease.",
        "E335": "A listing names the scheme of another territory.",
        "E336": "A listing accepts no cut that its scheme asks for.",
        "E337": "The route of a deal and its terms do not fit.",
        "E338": "An option lacks its day or chance, or another deal has them.",
        "E339": "An extension lacks the end or the years of the deal.",
        "E340": "A sub-licence does not fit the deal that it is under.",
        "E341": "A milestone does not fit its kind or its deal.",
        "E342": "One event is paid for by two milestones.",
        "E343": "A choice of a plan does not fit what it acts on.",
        "E344": "A regimen names the program's own molecule as another part.",
        "E345": "A line or expansion lacks its litres or rate, or has the one of another step.",
        "E346": "A recipe lacks what the lines at its site need.",
        "E347": "A row of `recipe_steps` belongs to no recipe, or to no step of it.",
        "E348": "A technology transfer has a day or a cost, and no length.",
        "E290": "A published cost fills a blank, and `fx` has no rate for USD (while filling blanks).",
        "E389": "A platform's rate of candidates is not known (while filling blanks).",
        "E390": "A chain does not exist (while filling blanks).",
        "E391": "A stage of a chain lacks `order` or `kind` (while filling blanks).",
        "E392": "A program has values for a stage that its chain lacks (while filling blanks).",
        "E393": "A stage is not one of its chain (while filling blanks).",
        "E394": "A stage outside the standard chain has blanks that no default fills.",
        "E395": "A program waits for one whose chain has no trial stage, and does not say for which stage.",
        "E396": "Nothing says in which territory a program files.",
        "E397": "A filing needs its own probability, since its chain has no filing stage.",
        "E398": "Sales of all territories together fall on a territory that has its own (while filling blanks).",
        "E399": "An asset without a program has no peak sales to go by.",
        "W401": "A probability of success lies outside every published one of its stage.",
        "W402": "A single value stands where a range is expected.",
        "W403": "A stage has run longer than its longest duration.",
        "W404": "A submission is overdue, or its day is not given.",
        "W405": "Exclusivity ends before the first approval.",
        "W406": "An asset or program is not simulated.",
        "W407": "A range is so wide that it says nothing.",
        "W408": "A choice of a plan is dated before the company's day.",
        "W409": "Patients are given that nothing uses.",
        "W410": "Sales below the first royalty tier pay nothing.",
        "W411": "A conditional approval waits for a program that is stopped, or already marketed.",
        "W412": "Lines of therapy together take more patients than there are.",
        "W413": "A scheme has no listing.",
        "W414": "A filing leans on a site without an inspection or certificate for its territory.",
        "W415": "A part of a regimen is one of our own assets, named otherwise than by its id.",
        "W416": "Two deals of an asset are to act in one territory one after the other, and one will.",
        "W417": "A site is visited on which no filing leans.",
        "W418": "A step that is named has no line at its site.",
        "W419": "An asset goes to a territory for which no certified site makes one of its stages.",
        "W420": "A technology transfer costs nothing, or starts before the company's day.",
        "W421": "The trigger of an expansion is nought, or not looked at.",
        "W422": "Shipments are to stop after inspections that are switched off.",
        "W423": "Stock does not last as long as it is kept.",
        "W424": "A change of product takes longer than a quarter.",
        "W425": "A number of a plant lies far outside every published one.",
        "W501": "A row has numbers and no source.",
        "W502": "A row is remembered, not read.",
    }
)

_HEAD = """# Messages

Every message of reading and checking a company, with an example as it is printed. `E` stops everything and nothing is
written; `W` warns. The first digit says what it is about: 0 the file, 1 a value, 2 a reference, 3 agreement between
rows, 4 plausibility, 5 provenance. Some messages come only when blanks are filled. `W502` has a level of its own: it
marks what is remembered rather than read.

This page is made from `echelon/company/codes.py` and the gallery of broken companies in the tests; do not edit it.
"""


def errors_page(examples: Mapping[str, str]) -> str:
    """The page of messages as Markdown.

    Parameters
    ----------
    examples : code -> a message as it is printed.
    """
    parts = [_HEAD]
    for code, meaning in CODES.items():
        example = f"\n\n```text\n{examples[code]}\n```" if code in examples else ""
        parts.append(f"## {code}\n\n{meaning}{example}\n")
    return "\n".join(parts)
