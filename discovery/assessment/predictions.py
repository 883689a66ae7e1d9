"""What was predicted of every row, as a table."""

import numpy as np

from discovery.assessment.study import Study

_SIGNS = {-1: "<", 0: "", 1: ">"}


def predictions(study: Study) -> list[dict[str, str]]:
    """Return one row per protocol and judged material: what is known, and what was predicted.

    A bound is written with its sign, e.g. ``<-10.0``; predictions are means over the repeats.
    """
    rows = []
    for each in study.of("protocols"):
        found = each.assessment
        mean, std = np.nanmean(found.mean, axis=0), np.nanmean(found.std, axis=0)
        for place, row in enumerate(found.rows.tolist()):
            candidate = study.dataset.candidates[row]
            sign = _SIGNS[int(found.truth.side[place])]
            rows.append(
                {
                    "protocol": each.label,
                    "id": candidate.id,
                    "formula": candidate.formula,
                    "name": candidate.name,
                    "known": sign + repr(float(found.truth.value[place])),
                    "predicted": repr(float(mean[place])),
                    "std": repr(float(std[place])),
                }
            )
    return rows
