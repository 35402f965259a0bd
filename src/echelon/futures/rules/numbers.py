"""Positions: the lines of the ledger, the scalars of a future, its measures and the sums over futures."""

# Lines of the ledger. Flows are booked as positive numbers; the close adds inflows and takes outflows away.
SALES, ROYALTIES, MILESTONES, REIMBURSED = 0, 1, 2, 3
COGS, SELLING, PARTNER_SHARE, RESEARCH, DISCOVERY, OVERHEAD, CAPITAL, TAX = 4, 5, 6, 7, 8, 9, 10, 11
NET, CASH, PARTNER_SALES, UNSERVED = 12, 13, 14, 15
LINES = 16
INFLOWS = (SALES, ROYALTIES, MILESTONES, REIMBURSED)
OUTFLOWS = (COGS, SELLING, PARTNER_SHARE, RESEARCH, DISCOVERY, OVERHEAD, CAPITAL, TAX)
LINE_NAMES = (
    "sales",
    "royalties",
    "milestones",
    "reimbursed",
    "cogs",
    "selling",
    "partner_share",
    "research",
    "discovery",
    "overhead",
    "capital",
    "tax",
    "net",
    "cash",
    "partner_sales",
    "unserved",
)

# Scalars of a future.
FUNDS, ACTIVE, LOSSES, PAUSES, UNSERVED_SUM, SERVED_SUM, FIRST_SHORT, TIMING, WATCHED, WATCH_AT, SHORT = range(11)
MADE_SUM, EXPIRED_SUM, BREAK, ORDERS, COVERED, STAGES = 11, 12, 13, 14, 15, 16
NUMBERS = 17

# Measures of a future.
MEASURES = (
    ("enpv", "money"),
    ("past_horizon", "money"),
    ("peak_sales", "money per year"),
    ("programs_launched", "programs"),
    ("assets_launched", "assets"),
    ("first_launch", "years from as_of"),
    ("lowest_cash", "money"),
    ("final_cash", "money"),
    ("first_under_floor", "years from as_of"),
    ("first_short", "years from as_of"),
    ("unserved_share", "share of own sales"),
    ("years_filled", "years with all three echelons filled"),
    ("filled_five_years", "1 if all three echelons are filled at the ends of the first five whole years"),
    ("starts_paused", "stage starts put off for want of cash, trial capacity or people, in quarters"),
    ("live_program_quarters", "program-quarters"),
    ("expired_share", "share of the grams released, of substance and product, that expire"),
    ("external_money", "money from outside that would keep cash at its floor"),
    ("loop_breaks", "years from as_of until an echelon is not filled at a year's end or cash is under its floor"),
    ("launched_by", "programs launched by the end of the objective's year"),
)
(
    ENPV,
    PAST_HORIZON,
    PEAK_SALES,
    PROGRAMS_LAUNCHED,
    ASSETS_LAUNCHED,
    FIRST_LAUNCH,
    LOWEST_CASH,
    FINAL_CASH,
    FIRST_UNDER_FLOOR,
    FIRST_SHORT_AT,
    UNSERVED_SHARE,
    YEARS_FILLED,
    FILLED_FIVE,
    STARTS_PAUSED,
    LIVE_QUARTERS,
    EXPIRED_SHARE,
    EXTERNAL_MONEY,
    LOOP_BREAKS,
    LAUNCHED_BY,
) = range(len(MEASURES))

# Sums over futures, per reported program.
NPV, NPV_SQUARE, NPV_TOTAL, COST, COST_SQUARE, COST_PV, PEAK, LAUNCH_DISCOUNT, PEAK_SQUARE = range(9)
PROGRAM_SUMS = 9

DEAL_FLOWS = (
    ("partner_sales", "net sales booked by the partner"),
    ("royalties", "paid by who sells, before a licensee keeps its part of a sub-licence"),
    ("supply", "paid for product supplied"),
    ("supply_cost", "our cost of that product"),
    ("profit_share", "our share of a venture's profit"),
    ("milestones", "upfront payments and milestones"),
    ("commission", "paid to a partner who promotes"),
    ("kept", "part of a sub-licensee's royalties that the licensee keeps"),
)
SOLD, ROYALTY, SUPPLIED, SUPPLY_COST, PROFIT, PAID, COMMISSION, KEPT = range(len(DEAL_FLOWS))

STOCK_FLOWS = (
    ("made", "grams that come out of the stage"),
    ("released", "grams released into its stock"),
    ("used", "grams taken from its stock, for the next stage or for patients"),
    ("expired", "grams written off at the end of their shelf life"),
    ("stock", "grams in stock at the quarter's end"),
    ("waiting", "grams made and not yet released at the quarter's end"),
)
MADE, RELEASED, USED, EXPIRED, STOCK, WAITING = range(len(STOCK_FLOWS))

VISIT_OUTCOMES = ("nai", "vai", "oai", "missed", "control_gap")
"""How visits end; missed and control_gap come on top of one of the first three."""

BEGUN, PASSED = 1, 2
"""What a stage has come to."""

COUNT_BINS = 256
"""Bins of whole-number histograms; the last one means "this many or more"."""

SUB_BITS = 6
LOWEST_EXPONENT = -11
HIGHEST_EXPONENT = 27
HALF_BINS = (HIGHEST_EXPONENT - LOWEST_EXPONENT) << SUB_BITS
BINS = 2 * HALF_BINS + 1
"""Bins of a fan: 64 to each power of two between 2**-11 and 2**27, both signs, and one for what is nearer to nought.

A quantile read from the middle of a bin is within 1/128 (0.8 %) of the sampled one.
"""
