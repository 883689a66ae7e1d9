"""Budgeted multi-fidelity active learning for solid-state lithium-ion conductors.

The nouns, one meaning each: a *candidate* is a material that may be measured; an *oracle* answers
a *query* (candidate + *fidelity*) at a price; what comes back is an *observation*; a *proxy* is
fitted to observations and states a *belief*; an *acquisition function* turns a belief into
*scores*; a *sampler* proposes a *batch* of queries; a *campaign* is pool + *journal* + budget; a
*loop* keeps asking until the budget or a stopping rule ends it.
"""

__version__ = "0.1.0"
