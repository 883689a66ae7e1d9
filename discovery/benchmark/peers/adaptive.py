"""Ax, whose client knows no pools, by its generator, which does."""

import logging
import warnings
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from discovery.benchmark.peers.peer import IntArray, View, rows_of
from discovery.errors import InvalidInputError
from discovery.rng import derive


class Ax:
    """Ax's ``BoTorchGenerator`` with the model and acquisition function that it chooses itself.

    M. Olson et al., AutoML (2025). ``ax.Client`` proposes points of a product of ranges and
    choices, never of a table. So the generator below it is used: its acquisition class is the
    one of Ax, made to select from a set of candidates (``select_from_candidate_set``), which Ax
    calls the stable interface for that. As by Ax's transforms, inputs are brought to [0, 1] and
    outcomes standardised.
    """

    distributions: ClassVar[tuple[str, ...]] = ("ax-platform", "botorch", "gpytorch", "torch")

    def choose(self, view: View, size: int, seed: int) -> IntArray:
        """Return the rows that the generator proposes.

        Raises:
            InvalidInputError: Ax is not installed.
        """
        with warnings.catch_warnings():
            # the first points are few, and its libraries use what is deprecated
            warnings.simplefilter("ignore")
            return self._chosen(view, size, seed)

    def _chosen(self, view: View, size: int, seed: int) -> IntArray:
        try:
            import_module("ax.utils.common.logger").set_stderr_log_level(logging.WARNING)
            torch_base = import_module("ax.generators.torch_base")
        except ImportError:
            raise InvalidInputError(
                "the peer 'ax' needs Ax: pip install 'ion-discovery[peers]'"
            ) from None
        import torch  # noqa: PLC0415 - heavy
        from botorch.utils.datasets import SupervisedDataset  # noqa: PLC0415

        modular = "ax.generators.torch.botorch_modular"
        generators = import_module(f"{modular}.generator")
        acquisition = import_module(f"{modular}.acquisition").Acquisition
        digests = import_module("ax.core.search_space")
        torch.manual_seed(derive(seed, "ax") % 2**32)
        unit = view.unit[:, np.ptp(view.features, axis=0) > 0]
        inputs = torch.from_numpy(unit)
        spread = view.answers.std()
        values = (view.answers - view.answers.mean()) / (spread if spread > 0 else 1.0)
        names = [f"x{number}" for number in range(unit.shape[1])]
        digest = digests.SearchSpaceDigest(names, [(0.0, 1.0)] * len(names))
        choices = inputs[view.left]

        def optimize(own: Any, n: int, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - Ax's own types
            return own.select_from_candidate_set(n, choices)

        generator = generators.BoTorchGenerator(
            acquisition_class=type("Pool", (acquisition,), {"optimize": optimize})
        )
        told = SupervisedDataset(
            inputs[view.told],
            torch.from_numpy(values)[:, None],
            feature_names=names,
            outcome_names=["objective"],
        )
        generator.fit([told], digest)
        wanted = torch_base.TorchOptConfig(objective_weights=torch.ones(1, 1, dtype=torch.double))
        found = generator.gen(size, digest, wanted).points
        return rows_of(found.numpy(), unit, view.left)
