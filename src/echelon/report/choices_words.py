"""Words of the pages of choices: how each figure is meant, and what the model cannot see."""

PAIRED = """Differences are paired: both sides live the same futures, with the same luck, so that only the choice
differs; ± is one standard error."""

SAME_VOLUME = """Own sale in these futures sells as much as the partner would, from the same day on. What a partner’s
reach, or our own knowledge of a market, adds to sales is not in the model, nor is what ending a deal early costs."""

VALUE = """rNPV: the program’s own margins and costs to the end of what is valued, before tax and overhead, discounted
and weighted over all futures. Patients, price and rivals are those at the median launch, at the modes, in the
territory where most is sold; share is of the class, six years after launch. Cost is what is still ahead, not
discounted."""

WAIT = """A wait: the program begins that much later, everything else alike; a stage under way keeps its length, and
what is spent stays spent. What is lost is the company’s value, so effects on other programs and tax count."""

UNSEEN = """What the model cannot see: what a first approval teaches doctors and payers about a drug, whether a trial in
a small disease can be single-armed or is reviewed sooner than the tables say, and what a rival does in answer."""

ROUTES = """Expected sales: mean of futures in the year in which the deal sells most. Partner pays us: royalties by
tier at the deal’s sales, supply less its cost, our share of a venture’s profit and the expected milestones as an even
yearly amount, over those sales. Own margin: after cost of goods, selling and what we owe to others; what recipes cost
a gram is borne on either route, and so taken off only where no partner is compared. Break-even: yearly sales from
which own sale, less its team, pays as much; “never” where the partner pays more of each sale than our margin leaves.
A team may cost: what own sale would bring over the partner before paying a team."""

SIDES = """To us: royalties, supply, profit share and milestones, less a commission and what a licensee above keeps.
What goes to us, to a licensee and to the partner, with the partner’s costs, adds up to its sales. The partner’s costs
are the share of sales that the deal’s row gives or is filled with; its books are not known."""

ON_THE_CURVE = """Above the curve a listing earns more than it costs in price. Published rounds give a mean cut and no
volume: they stand where they would break even."""

VOLUME = """A cut pays at once where patients grow by more than 1 / (1 − cut). Costs of goods and selling are shares of
sales in this model, so they fall with the price; with a cost for each patient the volume needed is higher. Renewals
cut again: they are in the futures below, so the cut to accept can lie well under the one that breaks even at once."""

REFUSED = "Refusing a cut means no listing at all in these futures, not a better offer next year."
