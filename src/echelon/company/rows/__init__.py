"""Row models: one per table, each attribute declared once."""

from echelon.company.rows.base import Row
from echelon.company.rows.choosing import Option
from echelon.company.rows.market import (
    Competitor,
    Deal,
    DealMilestone,
    DealTier,
    Epidemiology,
    Filing,
    FxRate,
    Indication,
    Listing,
    Price,
    Sales,
    Scheme,
    Territory,
)
from echelon.company.rows.money import Actual, Change, Choice, Resource, Source
from echelon.company.rows.science import Asset, Discovery, Program, Stage
from echelon.company.rows.supply import Certificate, Expansion, Inspection, Line, Recipe, RecipeStep, Site

TABLES: dict[str, type[Row]] = {
    model.table: model
    for model in (
        Asset,
        Program,
        Stage,
        Territory,
        FxRate,
        Filing,
        Indication,
        Epidemiology,
        Competitor,
        Price,
        Sales,
        Scheme,
        Listing,
        Deal,
        DealTier,
        DealMilestone,
        Site,
        Line,
        Recipe,
        RecipeStep,
        Certificate,
        Expansion,
        Inspection,
        Resource,
        Option,
        Discovery,
        Actual,
        Source,
    )
}
"""Every table of a company, by file name without .csv. Plans and scenarios live in their own folders."""

REQUIRED = ("assets", "programs")
"""Tables no company can do without (a program also needs sales, or patients and prices)."""

__all__ = ["REQUIRED", "TABLES", "Change", "Choice", "Row"]
