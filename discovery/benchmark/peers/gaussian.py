"""BoTorch as its tutorials show it."""

import warnings
from typing import ClassVar

from discovery.benchmark.peers.peer import IntArray, View, rows_of
from discovery.rng import derive


class Botorch:
    """``SingleTaskGP`` with its defaults, and qLogEI over the pool, batches chosen one by one.

    M. Balandat et al., NeurIPS (2020); S. Ament et al., NeurIPS (2023), arXiv:2310.20708. Inputs
    are brought to [0, 1] over the pool and outcomes standardised, as BoTorch wants them.
    """

    distributions: ClassVar[tuple[str, ...]] = ("botorch", "gpytorch", "torch")

    def choose(self, view: View, size: int, seed: int) -> IntArray:
        """Return the rows that :func:`botorch.optim.optimize_acqf_discrete` finds."""
        with warnings.catch_warnings():
            # the first points are few, and BoTorch says so; its imports use what is deprecated
            warnings.simplefilter("ignore")
            return self._chosen(view, size, seed)

    def _chosen(self, view: View, size: int, seed: int) -> IntArray:
        import torch  # noqa: PLC0415 - heavy
        from botorch.acquisition.logei import qLogExpectedImprovement  # noqa: PLC0415
        from botorch.fit import fit_gpytorch_mll  # noqa: PLC0415
        from botorch.models import SingleTaskGP  # noqa: PLC0415
        from botorch.optim import optimize_acqf_discrete  # noqa: PLC0415
        from gpytorch.mlls import ExactMarginalLogLikelihood  # noqa: PLC0415

        torch.manual_seed(derive(seed, "botorch") % 2**32)
        inputs = torch.from_numpy(view.unit)
        values = torch.from_numpy(view.answers)[:, None]
        model = SingleTaskGP(inputs[view.told], values)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        worth = qLogExpectedImprovement(model, best_f=values.max())
        choices = inputs[view.left]
        found, _ = optimize_acqf_discrete(worth, q=size, choices=choices, unique=True)
        return rows_of(found.numpy(), view.unit, view.left)
