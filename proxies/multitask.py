"""A Gaussian process over materials and fidelities at once."""

from typing import Literal

from discovery.features.stages import Stage
from proxies.gaussian import Settings
from proxies.gaussian_proxy import GaussianProxy
from proxies.learners import Learner
from proxies.scale import Transform
from proxies.stage_model import TreeSettings


class MultitaskProxy(GaussianProxy):
    """Cheap fidelities inform the target as much as they prove to correlate with it.

    Intrinsic coregionalisation (Bonilla et al., NeurIPS 2007) on scores, so every fidelity has
    its own scale and unit, and its own noise. With ``mean="staged"`` the process learns what
    staged trees get wrong about held-out chemistries at the target, together with the cheap
    fidelities themselves: trees predict those from the structure nearly as well as their oracles
    do, and what would be left of them tells nothing. The belief carries the posterior covariance
    between the fidelities of each candidate; :meth:`explained` says what each tells.

    The kernel on features and compositions is learnt from the target alone, what fidelities share
    from all of them: otherwise the many rows of cheap fidelities shape it to their own needs, and
    the target is predicted worse than without them.

    ``docs/multifidelity.md`` (``discovery study fidelities``) measures on OBELiX when cheap labels
    help: with few conductivities and ``mean="constant"``; hardly where trees already know the
    structure.

    A fidelity with fewer than five observations is believed to correlate with the target by
    ``prior_correlation``, so that a cost-aware acquisition has a reason to try it.

    Args:
        mean: ``staged`` or ``constant``.
        learner: Of the staged mean.
        stage: Richest stage of features to use.
        transform: ``normal_score`` or ``standard`` (plain units).
        trees: Trees per forest.
        folds: Folds for the held-out errors.
        inputs: Number of features the process sees.
        composition: Whether compositions that resemble each other have a kernel of their own.
        prior_correlation: Between the target and a fidelity that is not known yet.
    """

    def __init__(
        self,
        *,
        mean: Literal["staged", "constant"] = "staged",
        learner: Learner = "extra_trees",
        stage: Stage = "physics",
        transform: Transform = "normal_score",
        trees: int = 100,
        folds: int = 3,
        inputs: int = 16,
        composition: bool = True,
        prior_correlation: float = 0.5,
    ) -> None:
        super().__init__(
            Settings(
                TreeSettings(learner, trees, stage, transform, folds, groups="chemistry"),
                inputs,
                residual=mean == "staged",
                coupled=True,
                composed=composition,
                layers=(),
                prior_correlation=prior_correlation,
            )
        )
