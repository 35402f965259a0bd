"""A company as arrays: what the rules of a future read. No strings, no objects; one NamedTuple per subject.

Axis letters: q quarter, c column (a quarter, or a year past the horizon), p program (in the order cash is given;
extension programs and discovery slots included), r reported program, s stage (all programs' remaining stages in one
row), k factor, b what is drawn early, f pair of a program and a territory it files in, m market, v rival still to come,
a asset, g asset and territory, d deal, h channel, t royalty tier, o milestone, i site, x expansion, u site and
authority that inspects it, n visit there, y reimbursement, e disease in a territory, j indication, z group of
indications that share patients, w platform, n streams. Times are years from the start of quarter 0 (negative: past);
money is millions of the company's currency.
Rows of shapes are (kind, a, b, c), see `draws.quantile`.
"""

from typing import NamedTuple

from echelon.futures.arrays import F8, I1, I4, I8, F8x2, U4x2, U8x2


class Calendar(NamedTuple):
    """Quarters to the horizon, then one column per year past it."""

    quarters: int
    columns: int
    start: F8  # [c] years
    length: F8  # [c] years
    per_year: F8  # [c] one over the length
    middle: F8  # [c] years
    discount: F8  # [c]
    discount_sum: F8  # [q+1] discount of all quarters before
    year: I4  # [q] index of the calendar year, 0 is the year of quarter 0
    year_from: I4  # [year+1] first quarter
    years: int
    rate: float  # continuous discount rate
    exact: bool  # spending is discounted from the moment it is spent, not from its quarter's middle
    year_end: I1  # [q] 1 on the last quarter of a calendar year
    year_start: I1  # [c] 1 where a calendar year starts (royalty tiers start anew)


class Programs(NamedTuple):
    """Programs in the order in which cash is given."""

    report: I4  # [p] reported program
    asset: I4  # [p]
    platform: I4  # [p]
    stage_from: I4  # [p+1] first stage
    start: F8  # [p] start of the first stage, years
    start_span: F8  # [p] a discovery slot starts uniformly within [start, start + span]
    start_stream: I4  # [p] -1 when start is known
    status: I1  # [p] at as_of: -1 none, 0 reserve, 1 clinic, 2 marketed
    loss: F8  # [p] loss of exclusivity of a marketed program, years; inf otherwise
    factor_from: I4  # [p+1]
    factor: I4  # [...]
    loading: F8  # [...]
    private: F8  # [p] loading on the program's own factor
    residual: F8  # [p] root of the share left to each outcome
    private_stream: I4  # [p] -1 when there is no own factor
    depends: I4  # [p] stage that must be passed first, -1 none
    depends_program: I4  # [p] its program
    stop_at: F8  # [p] years, plan
    cost_share: F8  # [p] share of development cost that we bear
    economic_share: F8  # [p]
    peak_stream: I4  # [p] lanes: 0-1 peak sales, 2 years to peak, 3 strength
    strength: F8x2  # [p, 4] shape
    pair_from: I4  # [p+1]
    confirms_from: I4  # [p+1]
    confirms: I4  # [...] pairs whose conditional approval this program confirms


class Stages(NamedTuple):
    """Remaining stages of every program, in order."""

    kind: I1  # [s] -1 discovery, 0 reserve, 1 clinic, 2 filing
    duration: F8x2  # [s, 4] shape, years
    duration_from: F8  # [s] probability mass below the time already elapsed
    overlap: F8  # [s] readout over length
    cost: F8x2  # [s, 4] shape
    spend: I1  # [s] 0 uniform, 1 start, 2 middle, 3 end
    pos: F8  # [s]
    certain: I1  # [s] 1: nothing is drawn, it passes after a fixed time at a fixed cost
    threshold: F8  # [s] latent value at or under which the stage passes
    spread: F8x2  # [6, s] low, mode and high of the duration, then of the cost; all equal when fixed
    odd: I4  # [...] stages with a duration or cost that is neither triangular nor fixed
    need: F8  # [s] cash that must be above the floor before it starts
    not_before: F8  # [s] years, plan
    always: I1  # [s] 1: starts whatever the cash, plan
    at_risk: F8  # [s] fraction of the way to the readout before it by which it starts early, plan
    stop_below: F8  # [s] believed PoS under which it stops, plan
    cover: F8  # [s] quarters of spending that cash must cover before it starts, plan; nought none
    people: F8  # [s] at work while it runs
    stream: I4  # [s] lanes: 0-1 outcome, 2 duration, 3 cost
    mile_from: I4  # [s+1]
    mile: I4  # [...] milestones that passing it may earn


class Factors(NamedTuple):
    """Shared factors, given the outcomes known at as_of: mean + back-substitution of independent normals."""

    mean: F8  # [k]
    scale: F8  # [k]
    solve_from: I4  # [k+1]
    solve: I4  # [...] later factors
    weight: F8  # [...]
    stream: I4  # [k]


class Early(NamedTuple):
    """Streams drawn at the start of every future in one go: all stages, then factors, own factors, starts, markets.

    Of all other streams the words are drawn, for whoever needs them.
    """

    key: U4x2  # [4, b] words of the streams
    other: U4x2  # [4, i] words of all other streams
    place: I4  # [n] place of a stream among these, -1 drawn early
    program: I4  # [s] the program of a stage
    steep: F8  # [s] one over its program's residual
    alone: I4  # [...] stages of programs that share no factor
    factors: int  # the first of the factors, and of all that is drawn as a normal
    markets: int  # the first of the markets: counts, lines, months
    own: I4  # [p] the program's own factor, -1 none
    start: I4  # [p] start of the program, -1 when it is known


class Pairs(NamedTuple):
    """A program in a territory: filing, launch, sales. A pair comes after the pair of its program that it relies on."""

    program: I4  # [f]
    asset: I4  # [f] what is sold: the program's, or another part of its combination
    territory: I4  # [f]
    asset_territory: I4  # [f]
    held: I1  # [f] 1 approved at as_of
    launch: F8  # [f] first sale of a held one, years
    submit_at: F8  # [f] known day of submission, nan when by lag
    lag: F8x2  # [f, 4] shape, years
    review: F8x2  # [f, 4] shape, years
    review_from: F8  # [f]
    relies: I4  # [f] pair, -1 none
    accepts: F8  # [f] chance that the data are taken as they are
    bridging: F8x2  # [f, 4] shape, years
    bridging_cost: F8  # [f]
    bridging_pos: F8  # [f]
    validation: F8x2  # [f, 4] shape, years
    threshold: F8  # [f]
    common: F8  # [f] loading of the decision on the program's data
    response: F8  # [f] chance that a decision is a complete response
    response_delay: F8x2  # [f, 4] shape, years
    cycles: I4  # [f] most cycles after the first
    confirm: F8x2  # [f, 4] shape, years from approval to the confirmatory result
    confirm_from: F8  # [f] probability mass below the time already elapsed
    confirm_pos: F8  # [f]
    confirm_cost: F8  # [f]
    confirm_program: I4  # [f] program that confirms it, -1 none
    launch_lag: F8  # [f] years
    trial: I4  # [...] pairs with a confirmatory trial of their own that costs
    conditional: I4  # [...] pairs with a confirmatory trial of their own
    visit_from: I4  # [f+1]
    visit: I4  # [...] sites and authorities, see `Visits`
    filing_stream: I4  # [f] lanes: 0-1 residual, 2 lag, 3 review
    response_stream: I4  # [f] -1 none; lanes: 0 further cycles, 1-3 their delays
    bridge_stream: I4  # [f] -1 none; lanes: 0 whether accepted, 1 success, 2 length, 3 validation
    confirm_stream: I4  # [f] -1 no confirmatory trial of its own; lanes: 0-1 outcome, 2 time
    leader: I4  # [f] -1, or the pair of a combination whose part of another own asset this one sells
    part_from: I4  # [f+1]
    part: I4  # [...] pairs that sell the other own parts of this one
    market: I4  # [f] -1 direct sales
    value: F8x2  # [f, 4] shape: peak sales a year, or price per patient
    value_stream: I4  # [f] -1: the program's peak draw; else lanes 0-1
    to_peak: F8x2  # [f, 4] shape, years
    growth: F8  # [f] log change of price a year
    level: I4  # [f] row of `levels` with this growth
    levels: F8x2  # [growths, c] price over that of as_of
    base: F8x2  # [f, c] length of a column x patients a year x growth of price
    decline: F8  # [f] log decline a year after exclusivity
    fade: I4  # [f] row of `fading` with this decline
    fading: F8x2  # [declines, j] what is left j quarters into a decline
    exclusivity: F8  # [f] years from the asset's first launch in the territory
    loss: F8  # [f] known day of loss, nan when by years
    scale: F8  # [f] reported over modelled sales, 1 when not reported
    reported: I1  # [f] 1: passes through reported sales
    static_share: F8  # [f] class share when competition is off
    weight: F8  # [f] order weight of a held pair
    counted: I4  # [f] row of `pulls`, -1 not held or in no market
    pulls: F8x2  # [..., c] order weight x uptake of a held pair, at its mean climb, as its class counts it
    listing: I4  # [f] -1 none
    order: I4  # [f] -1 supply is not modelled
    grams: F8  # [f] grams per million of sales at the mode of the price
    unit_cost: F8  # [f] cost of making a gram, million; booked as it is made
    deal: I4  # [f] -1 own
    mile_from: I4  # [f+1]
    mile: I4  # [...] milestones that its approval may earn
    paid_away: F8  # [f] royalty paid on own sales
    channel: I4  # [f] order and deal
    ours: F8  # [f] our margin on own sales
    away: F8  # [f] what others get of own sales
    promoted: F8  # [f] our margin on own sales that a partner promotes
    economic_share: F8  # [f] our share of what a partner pays
    team: F8  # [f] yearly cost of an own team in its territory


class Listings(NamedTuple):
    """Reimbursement of pairs: rounds, cuts, renewals."""

    first_round: F8  # [y] years, the first day on which listings hold after as_of
    cutoff: F8  # [y] years between approval and that day
    lag: F8  # [y] years from launch, one try; nan by rounds
    listed_at: F8  # [y] years, listed at as_of; nan planned
    chance: F8  # [y] of one round
    cut: F8x2  # [y, 4] shape
    most_cut: F8  # [y] largest cut we accept
    before: F8  # [y] sales while not listed, over the pair's level
    after: F8  # [y] once listed, before the cut
    renewal_every: F8  # [y] years
    renewals: I4  # [y]
    renewal_cut: F8x2  # [y, 4] shape
    delisting: F8  # [y] chance at each renewal
    shared: F8  # [y] patients once a rival is in the market, over patients before; 1 no effect
    mean: F8x2  # [y, renewal] expected factor between two renewals, given a listing
    accept: F8  # [y] probability that the cut asked is accepted
    volume_only: I1  # [y] 1: prices do not follow (another own part of a combination)
    stream: I4  # [y] lanes: 0 rounds, 1 cut, 2 delisting, 3 renewal cut


class Markets(NamedTuple):
    """An indication in a territory: patients a year, and the class in it."""

    patients: F8x2  # [m, c] patients a year at the mode
    count_of: I4  # [m] disease in a territory
    line_of: I4  # [m] indication
    counts: F8x2  # [e, 4] shape over its mode
    lines: F8x2  # [j, 4] share of patients over its mode, shape; a line comes after the one it follows
    line_mode: F8  # [j] share of patients at the mode
    line_parent: I4  # [j] line whose patients come to this one, -1 none
    line_group: I4  # [j] lines that share the same patients
    months: F8x2  # [j, 4] months on therapy over their mode, shape
    groups: int
    early_stream: I4  # streams of counts, then lines, then months
    pull: F8x2  # [m, c] sum of order weight x uptake of known rivals and held pairs
    contested: I1  # [m] 1: someone may still enter
    entered: I4  # [m] entrants at as_of
    rival_since: I4  # [m] first column with a rival in it, the number of columns when none is
    rival_market: I4  # [v]
    rival_entry: F8x2  # [v, 4] shape, years
    rival_chance: F8  # [v]
    rival_strength: F8  # [v]
    rival_stream: I4  # [v] lanes: 0-1 entry, 2 whether
    rival_to_peak: float
    order_power: F8  # [rank] rank ** exponent
    uptake: F8  # cumulative sales in peak years, on a grid of `uptake_step` years for a six-year climb
    uptake_step: float
    uptake_years: float


class Deals(NamedTuple):
    """Deals that run."""

    tier_from: I4  # [d+1]
    tier_sales: F8  # [t]
    tier_rate: F8  # [t]
    route: I1  # [d] 0 the partner sells, 1 it promotes, 2 a venture sells
    supply_share: F8  # [d]
    supply_cost: F8  # [d]
    partner_cost: F8  # [d]
    commission: F8  # [d]
    profit_share: F8  # [d]
    pass_on: F8  # [d]
    after: F8  # [d] years
    until: F8  # [d] years
    from_column: I4  # [d] first column in which the partner sells
    to_column: I4  # [d] first column in which it no longer does
    upfront: F8  # [d]
    option_chance: F8  # [d] 1 when it is no option
    option_at: F8  # [d] years
    extension_chance: F8  # [d]
    extension: F8  # [d] years
    stream: I4  # [d] -1 nothing drawn; lanes: 0 option, 1 extension
    mile_deal: I4  # [o]
    mile_amount: F8  # [o]
    mile_sales: F8  # [o] yearly sales that trigger it, inf when an event does
    sale_from: I4  # [d+1]
    sale: I4  # [...] milestones on sales


class Channels(NamedTuple):
    """Pairs supplied under one order and sold under one deal: short supply and royalties treat them alike."""

    order: I4  # [h] -1 supply is not modelled
    deal: I4  # [h] -1 own
    cogs: F8  # [h] cost of goods, share of own sales; nought where making it is booked as it is made


class Supply(NamedTuple):
    """Lines, what may be added to them, and orders: an asset for territories that the same sites may supply.

    An order has up to three stages (substance, conjugate, product), each ending in a stock; a stage has legs, the sites
    that may do it, in the order in which they are asked; a leg uses lines.
    """

    capacity: F8x2  # [l, q] a quarter: litre-days, grams or units
    setup: F8  # [l] of it lost a quarter to each product but one
    fixed_cost: F8  # [q] of all sites
    titer: F8x2  # [recipe, 4] shape over its mode
    titer_stream: I4  # [recipe]
    transfer_at: F8  # [transfer] years, inf not decided
    transfer_length: F8x2  # [transfer, 4] shape, years
    transfer_cost: F8  # [transfer]
    transfer_stream: I4  # [transfer] lane 0
    expand_line: I4  # [x]
    expand_at: F8  # [x] years, inf not decided
    expand_trigger: F8  # [x] share of capacity, inf none
    expand_ahead: I4  # [x] quarters that the trigger looks ahead
    expand_above: F8  # [x] share of capacity that the pipeline, by its chances, must ask for, plan; inf none
    expand_sight: I4  # [x] quarters that this looks ahead
    expand_group: I4  # [x] the first expansion of the project that is decided with it, itself when alone
    expand_size: F8  # [x] capacity a quarter
    expand_capital: F8  # [x]
    expand_build: F8x2  # [x, 4] shape, years
    expand_licence: F8x2  # [x, 4] shape, years
    expand_stream: I4  # [x] lanes: 2 build, 3 licence
    stop_visit: I4  # [z] authority and site, see `Visits`
    stop_chance: F8  # [z] that OAI stops shipments
    order_asset: I4  # [k] place among the assets that are supplied
    order_class: I4  # [k] who is served first when a line is short
    order_from: I4  # [k+1] stages
    stage_order: I4  # [j] its order
    stage_yield: F8  # [j] grams out for a gram in
    stage_intake: F8  # [j] grams in for a gram out
    stage_lag: F8  # [j] quarters from making to release
    stage_wait: I4  # [j] whole quarters of it
    stage_late: F8  # [j] what is left of it
    longest: int  # most whole quarters from making to release
    stage_life: I4  # [j] quarters from release to expiry
    stage_cover: F8  # [j] quarters of demand kept in stock
    ahead_from: I4  # [j+1]
    ahead: F8  # [...] grams that a stage makes now for a gram asked for in the next quarter, in the one after, ...
    change_from: I4  # [j+1]
    change: I4  # [...] lines of its first leg that lose time to a change of product
    leg_from: I4  # [j+1]
    leg_cost: F8  # [g] million a gram out
    leg_after: F8  # [g] years, day of the certificate
    leg_transfer: I4  # [g] -1 made there already
    leg_stop: I4  # [g] -1 never stopped
    use_from: I4  # [g+1]
    use_line: I4  # [...]
    use: F8  # [...] capacity a gram out, at the titer's mode
    use_titer: I4  # [...] recipe whose titer divides it, -1 none
    passes: int  # most legs of a stage
    classes: int
    assets: int  # assets that are supplied
    setups: bool


class Outlook(NamedTuple):
    """What the pipeline is expected to ask of lines: means that anyone knows before a launch, no draw among them."""

    program: I4  # [...] programs with pairs still to be launched whose supply is modelled
    start: F8  # [p] mean start of the first stage, years
    read: F8  # [s] mean years from a stage's start to its readout
    chance: F8  # [f] of approval by its authority, and by the one it relies on, given that it is filed
    bridging: F8  # [f] mean years by which bridging puts submission off
    lag: F8  # [f] mean years from ready data to submission
    answer: F8  # [f] mean years from submission to the decision
    grams: F8  # [f] asked for at peak by the whole of its market, over `Pairs.base` at prices of as_of
    to_peak: F8  # [f] mean years
    strength: F8  # [f] mean
    use: F8  # [...] `Supply.use` at the mean titer


class Visits(NamedTuple):
    """Inspections of a site by an authority, one outcome per interval of years."""

    oai: F8  # [u] at its readiness
    vai: F8  # [u]
    oai_delay: F8x2  # [u, 4] shape, years
    missed: F8  # [u]
    missed_delay: F8x2  # [u, 4] shape, years
    gap: F8  # [u]
    gap_delay: F8x2  # [u, 4] shape, years
    base: F8  # [u] years until which the last visit holds
    interval: F8  # [u] years
    first: I4  # [u+1] first visit
    stream: I4  # [n] lanes: 0-1 outcome, 2 delay, 3 whether missed
    other_stream: I4  # [n] lanes: 0 delay when missed, 1 gap, 2 its delay


class Money(NamedTuple):
    """Rates, cash and yearly limits."""

    opening: float
    floor: float  # -inf when none
    tax: float
    losses: float
    cogs: float
    selling: float
    overhead: F8  # [q]
    rd_budget: F8  # [year] inf when none
    trial_starts: F8  # [year] stages of the clinic that may start, inf when no limit
    headcount: F8  # [year] people that may be at work, inf when no limit
    trials_begun: float  # stages of the clinic known to have started in the first year before as_of
    at_work: float  # people at work at as_of
    target: I8  # [3] assets that fill reserve, clinic, marketed
    counted: int  # quarters until the end of the objective's year


class Switches(NamedTuple):
    """Which couplings are on."""

    competition: bool
    supply: bool
    cash: bool
    listing: bool
    inspections: bool
    learning: float
    beliefs: bool  # readouts matter to others: causal learning, or a plan that goes by the believed PoS
    cover: bool  # the plan holds starts back until cash covers so many quarters
    foresight: bool  # the plan decides expansions by what the pipeline may ask for
    limits: bool  # starts or people at work are limited


class Model(NamedTuple):
    """Everything the rules read."""

    calendar: Calendar
    programs: Programs
    stages: Stages
    factors: Factors
    early: Early
    pairs: Pairs
    listings: Listings
    markets: Markets
    deals: Deals
    channels: Channels
    supply: Supply
    outlook: Outlook
    visits: Visits
    money: Money
    switches: Switches
    streams: U8x2  # [n, 4]
    asset_territory_launch: F8  # [g] first launch known at as_of, inf when none
    assets: int
    platforms: int
    reports: int
    territories: int
