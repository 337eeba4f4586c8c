"""Principal components and common factors: what few dimensions lie behind many columns. Loadings, never scores."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from zoo_analyse.errors import ModelError

# Eigenvalues nearer to each other than this share of the largest leave the direction of their components to chance.
_APART = 1e-6


@dataclass(frozen=True)
class Loadings:
    """loadings: columns x components, the correlation of each column with each component (without rotation).

    explained: share of the total variance per component. eigenvalues: of the matrix that was decomposed, all of them.
    communalities: share of each column's variance that the components hold together.
    """

    loadings: np.ndarray
    explained: np.ndarray
    eigenvalues: np.ndarray
    communalities: np.ndarray


def loadings(correlations: np.ndarray, components: int, method: str, rotation: str) -> Loadings:
    """Return components of a correlation matrix.

    method: `pca` (eigenvectors times the root of their eigenvalues) or `factor` (iterated principal axes, as in
    statsmodels). rotation: `varimax` (Kaiser, 1958) or `geen`. Of every component the largest loading is positive;
    components stand in order of explained variance. Raises ModelError when it has no answer or more than one.
    """
    with threadpool_limits(limits=1):
        values, vectors = np.linalg.eigh(correlations)
        values, vectors = values[::-1], vectors[:, ::-1]
        gaps = -np.diff(values[: components + 1])
        if (gaps < _APART * values[0]).any() or values[components - 1] <= 0:
            raise ModelError("twee componenten verklaren even veel en zijn niet te onderscheiden; vraag er minder")
        if method == "pca":
            found = vectors[:, :components] * np.sqrt(values[:components])
        else:
            found, values = _principal_axes(correlations, components)
        if rotation == "varimax" and components > 1:
            from statsmodels.multivariate.factor_rotation import rotate_factors

            found, _ = rotate_factors(found, "varimax")
    found = np.asarray(found)
    strength = (found**2).sum(axis=0)
    found = found[:, np.argsort(-strength, kind="stable")]
    largest = np.abs(found.round(9)).argmax(axis=0)
    signs = np.where(found[largest, np.arange(components)] < 0, -1.0, 1.0)
    found = found * signs
    return Loadings(found, (found**2).sum(axis=0) / len(found), values, (found**2).sum(axis=1))


def _principal_axes(correlations: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    import warnings

    from statsmodels.multivariate.factor import Factor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitted = Factor(corr=correlations, n_factor=components, method="pa", smc=True).fit(maxiter=200, tol=1e-10)
        except (ValueError, np.linalg.LinAlgError):
            raise ModelError("de factoren zijn niet te schatten; vraag er minder, of methode 'pca'") from None
    if np.asarray(fitted.loadings_no_rot).shape[1] < components or (np.asarray(fitted.communality) >= 1).any():
        raise ModelError("de factoren zijn niet te schatten; vraag er minder, of methode 'pca'")
    return np.asarray(fitted.loadings_no_rot), np.asarray(fitted.eigenvals)
