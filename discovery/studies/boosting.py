"""The base learner of the report, with the settings that it names."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from discovery.types import FloatArray


@dataclass(frozen=True)
class Settings:
    """Of ``HistGradientBoostingRegressor``; scikit-learn's defaults by default."""

    max_depth: int | None = None
    learning_rate: float = 0.1
    max_leaf_nodes: int = 31
    min_samples_leaf: int = 20
    l2_regularization: float = 0.0
    max_bins: int = 255
    max_iter: int = 100


DEFAULTS: Final = Settings()

REPORT_STAGE_0: Final = Settings(
    max_depth=5,
    learning_rate=0.070,
    max_leaf_nodes=54,
    min_samples_leaf=16,
    l2_regularization=0.005,
    max_bins=135,
    max_iter=53,
)
"""What the report's search found for composition (its section 7.1)."""

REPORT_STAGE_2: Final = Settings(
    max_depth=6,
    learning_rate=0.026,
    max_leaf_nodes=81,
    min_samples_leaf=5,
    l2_regularization=0.079,
    max_bins=86,
    max_iter=114,
)
"""What the report's search found for physics (its section 7.1)."""


def fitted(settings: Settings, features: FloatArray, values: FloatArray, seed: int) -> Any:  # noqa: ANN401 - untyped library
    """Return a regressor fitted to features (n, d), NaN where unknown, and values (n,)."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415 - heavy

    model = HistGradientBoostingRegressor(
        **asdict(settings), early_stopping=False, random_state=seed
    )
    return model.fit(features, values)
