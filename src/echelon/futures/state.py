"""Working memory of the future in hand, and what futures add up to. Axis letters as in `model`."""

from typing import NamedTuple

from echelon.futures.arrays import F8, I1, I4, I8, F8x2, F8x3, I4x2, I4x3, I8x2, I8x3, U2x2, U4x2, U8x2


class State(NamedTuple):
    """One thread's working memory for the future it is in; every rule reads and writes it in place.

    The first part is one block of memory that every future starts with: noughts, then what `image` says.
    """

    image: F8
    blank: F8  # the block of all fields down to `measures` that start with noughts
    memory: F8  # the block of the others
    # events, one set of programs and one list of launches per quarter
    due: U8x2  # [q, word] programs with an event, 64 to a word
    launch_head: I4  # [q] pairs and rivals by time, -1 ends
    # programs
    status: I1  # [p]
    launched: F8  # [r] first launch in this future, inf until then
    begun: F8  # [s] time of its start, nan until then; known of what is under way at as_of
    went: I1  # [s] 0 not begun, else BEGUN, with PASSED when it passes
    passed_at: F8  # [s] time of passing (of a filing: first approval), nan unknown, inf failed
    answered: F8  # [p] when the last authority answers a filed program
    ended: F8  # [p] when the program fails or is stopped, inf while that is not settled
    protected: F8  # [p] end of exclusivity in the last territory launched, -inf before
    # echelons
    live: I8  # [1] programs in any echelon
    standing: I4x2  # [4, a] programs by status, out of all echelons first
    # pairs and markets
    decision: F8  # [f] time of approval, inf refused, nan unknown
    first_launch: F8  # [g]
    on: I1  # [f] 1 launched and added to its channel, 2 launched in a contested market
    confirmed: F8  # [f] end of the confirmatory trial, years, inf until known
    withdrawn: F8  # [f] years, inf until known
    trial_quarter: I1  # [q] 1: a confirmatory trial begins
    listed: F8  # [f] day of the first listing, years, inf until then
    entered: I4  # [m]
    rival_since: I4  # [m] first column with a rival in it
    opened: I1  # [m] 1: someone has entered since as_of
    first_in: I4  # [m] our pair launched last in a contested market, -1 none
    market_factor: F8  # [m] nan until known
    # deals
    deal_after: F8  # [d] years
    deal_until: F8  # [d] years
    deal_from: I4  # [d] first column in which the partner sells
    deal_to: I4  # [d]
    deal_year: F8  # [d] partner sales this year
    deal_rate: F8x2  # [d, c] share paid to us
    partner_sold: F8x2  # [d, q] what the partner sold
    promoted_sold: F8x2  # [d, q] own sales that the partner promoted
    royalty: F8x2  # [d, q] its rate
    mile_at: F8  # [o] time at which it is earned, inf until then
    mile_paid: I1  # [o]
    mile_quarter: I1  # [q] 1: a milestone may be due
    team: F8  # [c] cost of own teams
    team_from: I4  # [t] first column with an own team
    # channels and supply
    asked: F8x2  # [h, c] sales asked for
    others: F8x2  # [h, c] of them: what others get of own sales, or not our share of a partner's
    capacity: F8x2  # [l, q]
    grams: F8x2  # [k, c] asked for
    ordered: I1  # [k] 1: it has been launched
    stocked: I4  # [k] quarter in which its stock was laid in
    tight: I4  # [k] line that last held it up; the number of lines when no site may make it
    built: I1  # [x] 1: decided
    decided_at: F8  # [x] years, nan until decided
    licensed: F8  # [x] years, nan until decided
    made: F8  # [j] grams in all
    released: F8  # [j] grams in all
    used: F8  # [j] grams in all, expired ones too
    counted: I1  # [j] 1: it asks for something, and counts among the products of its lines
    products: I4  # [l] assets counted
    shortage: I1  # [l+1] 1: it has held up sales
    delay: F8  # [n] years, nan until drawn
    # knowledge, by platform
    learn: F8x2  # [w, q] what readouts of the quarter teach
    wins: F8x2  # [w, q]
    tries: F8x2  # [w, q]
    taught: F8  # [w]
    known_wins: F8  # [w]
    known_tries: F8  # [w]
    # money
    ledger: F8x2  # [line, q]
    turn: F8x2  # [q, line] by how much more is spent evenly in every quarter from this one on
    read_at: F8  # [s] its readout, nan until it starts
    answer_at: F8  # [f] decision of its authority, or the end of a bridging study that fails; nan until it is filed
    trials: F8  # [year] stages of the clinic started
    people: F8  # [q] at work at any time of the quarter
    evenly: F8  # [line] what is spent evenly in every quarter, by the turns up to the last close
    npv: F8  # [r] what its research costs is taken off at the end
    cost: F8  # [r]
    cost_pv: F8  # [r]
    peak: F8  # [r]
    sells: I1  # [r] 1: it has sales
    year_launches: I8  # [2] programs, assets launched this year
    asset_launched: I1  # [a]
    number: F8  # scalars by name, see `rules.numbers`
    measures: F8  # [measure]
    # the same memory as integers
    ledger_bits: I8x2  # [line, q]
    # below, whatever a future reads it has written before
    launch_next: I4  # [f+v]
    launch_time: F8  # [f+v]
    time: F8  # [p] time of the next event
    phase: I1  # [p] what it is, see `events`
    readout: F8  # [p] readout of the stage begun last
    current: I4  # [p] stage
    even: F8  # [b] what is drawn early, uniform in (0, 1)
    words: U4x2  # [4, i] four words of every stream that is not drawn early
    stage_length: F8  # [s] years
    stage_cost: F8  # [s]
    stage_rate: F8  # [s] cost a year
    margin: F8  # [s] by how much luck is better than it has to be, nearly
    verdict: I1  # [s] whether it passes, see `early`
    shared: F8  # [p] value of the factors a program shares, its own included
    normal: F8  # [factors and own factors] standard normal
    away: F8  # [k] factor less its mean
    factor: F8  # [k]
    sold: F8  # [c+1] of the launch in hand: sales until a column starts, in years at peak
    uptake: F8  # [c] of the launch in hand
    curve: F8x2  # [f, c] sales, before class share where the market is contested
    from_column: I4  # [f] first column with sales
    active: I4  # [f] launched pairs
    watched: I4  # [f] those of them whose territory may still get an own team
    look_at: I4  # [f] and the column in which to look at it
    next_in: I4  # [f] next of our pairs in a contested market, -1 none
    pair_grams: F8  # [f] grams per million of sales at the price drawn
    weight: F8  # [f] order weight
    gap: F8x2  # [f, c] order weight x (1 - uptake)
    units: F8x2  # [y, c] what a sale of a reimbursed pair holds, over what it held at the price before the listing
    change: F8  # [c] change of sales in hand
    loss: F8  # [f] end of exclusivity or withdrawal, years
    line: F8  # [j] share of patients over its mode
    group: F8  # [z] shares drawn, added up
    pull: F8x2  # [m, c]
    year_sales: F8x2  # [r, year from as_of]
    titer: F8  # [recipe] over its mode
    use: F8  # [...] capacity a gram out, at the titer drawn
    orders: I4  # [k] orders that have been launched, as they stand in the arrays
    staged: I4  # [j] their stages
    chance: F8  # [f] that it will be sold, as believed now
    likely: F8  # [f] time of its decision, as expected now
    expected: F8  # [k] grams that the pipeline is expected to ask for
    ready: F8  # [transfer] years
    stopped: F8x2  # [z, q] 1: shipments are stopped
    stops: I1  # [z] 1: they are in some quarter
    served: F8x2  # [k, c] share of what is asked for
    supply_cost: F8  # [c] of what is made
    ask: F8  # [j] grams to make this quarter
    got: F8  # [j] of them, what lines allow
    steady: I4  # [j] its first leg, where that may supply in every column, else -1
    leg: I4  # [j] leg that it asks in the turn in hand, -1 none
    spent: F8  # [j] what that costs
    left: F8  # [l] capacity not taken yet
    asked_line: F8  # [l] capacity asked for
    pressed: F8  # [l] of it, by the class and pass in hand
    share: F8  # [l] of that, what there is
    product: I4  # [l] asset counted last
    made_in: F8x2  # [j, wait + q] grams made to be released later, also before the first quarter
    given: F8  # [k] grams given to patients in the quarter in hand
    released_by: F8x2  # [j, q+1] grams released up to the start of a quarter
    lost: F8  # [l+1] sales lost this quarter
    supply_cells: F8x2  # [2 l + assets supplied, q] utilisation, sales lost, stock
    supply_bits: I8x2  # the same memory as integers
    mile_program: I4  # [o] program whose event earned it
    deal_sold: F8  # [d] this column
    deal_own: F8  # [d] own sales that the partner promotes, this column
    deal_others: F8  # [d] of it not our share
    cells: U2x2  # [future, cell] bins of the ledger and the sites, not yet counted
    kept: I8  # [2 l + assets supplied] futures of which there are any


class Tally(NamedTuple):
    """What is added up over futures: integers over any, floating sums over one block of 1,024."""

    launches: I8x2  # [r, q+1] first launch by quarter, last column never
    approvals: I8x2  # [f, year]
    listed: I8x2  # [f, year] first listings
    withdrawals: I8x2  # [f, year]
    visits: I8x2  # [u, outcome] see `numbers.VISIT_OUTCOMES`
    echelons: I8x3  # [3, year, bin]
    filled: I8x2  # [4, year] reserve, clinic, marketed, all three
    year_launches: I8x3  # [2, year, bin]
    reached: I8  # [s]
    passed: I8  # [s]
    ledger_bins: I4x3  # [line, q, bin]
    supply_bins: I4x3  # [2 l + assets supplied, q, bin]
    shortages: I8x2  # [l+1, q+1] quarter in which a line first held up sales, last column never
    program_sums: F8x2  # [r, sum]
    stage_sums: F8x2  # [s, 2] cost, present value of cost
    asset_sales: F8x2  # [a, q]
    ledger_sums: F8x2  # [line, q]
    order_sums: F8x3  # [k, q, 2] grams asked for and served
    stock_sums: F8x3  # [j, q, flow] see `numbers.STOCK_FLOWS`
    deal_sums: F8x3  # [d, flow, q] see `numbers.DEAL_FLOWS`
