"""The models of a screening: scikit-learn's, nearly as they come, LightGBM's, and guessing.

Each is fast enough on some hundred rows (up to about 0.1 s a fit) that thousands of fits take
minutes. Trees, forests and all that draws gets the seed of its fit.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn import discriminant_analysis as lda
from sklearn import dummy, ensemble, linear_model, naive_bayes, neighbors, svm, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cross_decomposition import PLSRegression
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

from discovery.errors import UnknownNameError
from discovery.screening.problem import Task

Make: TypeAlias = Callable[[int], Any]
"""Seed -> an unfitted model with ``fit(X, y)`` and ``predict(X)``."""

BASELINE: Final = "guessing"
LIGHTGBM: Final[dict[str, Any]] = {"n_jobs": 1, "verbose": -1, "deterministic": True}

CLASSIFIERS: Final[Mapping[str, Make]] = {
    BASELINE: lambda _: dummy.DummyClassifier(strategy="most_frequent"),
    "logistic regression": lambda s: linear_model.LogisticRegression(max_iter=1000, random_state=s),
    "ridge": lambda s: linear_model.RidgeClassifier(random_state=s),
    "ridge CV": lambda _: linear_model.RidgeClassifierCV(),
    "stochastic gradient": lambda s: linear_model.SGDClassifier(random_state=s),
    "perceptron": lambda s: linear_model.Perceptron(random_state=s),
    "linear SVC": lambda s: svm.LinearSVC(random_state=s),
    "SVC": lambda s: svm.SVC(random_state=s),
    "NuSVC": lambda s: svm.NuSVC(random_state=s),
    "calibrated SVC": lambda s: CalibratedClassifierCV(svm.LinearSVC(random_state=s), cv=3),
    "linear discriminant": lambda _: lda.LinearDiscriminantAnalysis(),
    "quadratic discriminant": lambda _: lda.QuadraticDiscriminantAnalysis(reg_param=0.1),
    "Gaussian naive Bayes": lambda _: naive_bayes.GaussianNB(),
    "Bernoulli naive Bayes": lambda _: naive_bayes.BernoulliNB(),
    "nearest centroid": lambda _: neighbors.NearestCentroid(),
    "nearest neighbours": lambda _: neighbors.KNeighborsClassifier(),
    "label propagation": lambda _: LabelPropagation(),
    "label spreading": lambda _: LabelSpreading(),
    "Gaussian process": lambda s: GaussianProcessClassifier(random_state=s),
    "neural network": lambda s: MLPClassifier(
        hidden_layer_sizes=(50,), max_iter=200, random_state=s
    ),
    "decision tree": lambda s: tree.DecisionTreeClassifier(random_state=s),
    "extra tree": lambda s: tree.ExtraTreeClassifier(random_state=s),
    "random forest": lambda s: ensemble.RandomForestClassifier(random_state=s),
    "extra trees": lambda s: ensemble.ExtraTreesClassifier(random_state=s),
    "bagging": lambda s: ensemble.BaggingClassifier(random_state=s),
    "AdaBoost": lambda s: ensemble.AdaBoostClassifier(random_state=s),
    "gradient boosting": lambda s: ensemble.GradientBoostingClassifier(random_state=s),
    "histogram boosting": lambda s: ensemble.HistGradientBoostingClassifier(random_state=s),
    "LightGBM": lambda s: LGBMClassifier(random_state=s, **LIGHTGBM),
}

REGRESSORS: Final[Mapping[str, Make]] = {
    BASELINE: lambda _: dummy.DummyRegressor(strategy="mean"),
    "linear regression": lambda _: linear_model.LinearRegression(),
    "ridge": lambda s: linear_model.Ridge(random_state=s),
    "ridge CV": lambda _: linear_model.RidgeCV(alphas=(0.1, 1.0, 10.0, 100.0)),
    "lasso": lambda s: linear_model.Lasso(alpha=0.03, random_state=s),
    "elastic net": lambda s: linear_model.ElasticNet(alpha=0.03, random_state=s),
    "lasso LARS": lambda _: linear_model.LassoLarsIC(),
    "Bayesian ridge": lambda _: linear_model.BayesianRidge(),
    "relevance determination": lambda _: linear_model.ARDRegression(),
    "Huber": lambda _: linear_model.HuberRegressor(max_iter=1000),
    "consensus (RANSAC)": lambda s: linear_model.RANSACRegressor(random_state=s),
    "matching pursuit": lambda _: linear_model.OrthogonalMatchingPursuit(),
    "stochastic gradient": lambda s: linear_model.SGDRegressor(random_state=s),
    "partial least squares": lambda _: PLSRegression(n_components=1),
    "linear SVR": lambda s: svm.LinearSVR(random_state=s),
    "SVR": lambda _: svm.SVR(),
    "NuSVR": lambda _: svm.NuSVR(),
    "kernel ridge": lambda _: KernelRidge(kernel="rbf", alpha=0.1),
    "nearest neighbours": lambda _: neighbors.KNeighborsRegressor(),
    "Gaussian process": lambda s: GaussianProcessRegressor(
        RBF(3.0) + WhiteKernel(0.1), random_state=s
    ),
    "neural network": lambda s: MLPRegressor(
        hidden_layer_sizes=(50,), max_iter=200, random_state=s
    ),
    "decision tree": lambda s: tree.DecisionTreeRegressor(random_state=s),
    "extra tree": lambda s: tree.ExtraTreeRegressor(random_state=s),
    "random forest": lambda s: ensemble.RandomForestRegressor(random_state=s),
    "extra trees": lambda s: ensemble.ExtraTreesRegressor(random_state=s),
    "bagging": lambda s: ensemble.BaggingRegressor(random_state=s),
    "AdaBoost": lambda s: ensemble.AdaBoostRegressor(random_state=s),
    "gradient boosting": lambda s: ensemble.GradientBoostingRegressor(random_state=s),
    "histogram boosting": lambda s: ensemble.HistGradientBoostingRegressor(random_state=s),
    "LightGBM": lambda s: LGBMRegressor(random_state=s, **LIGHTGBM),
}


def models(task: Task) -> Mapping[str, Make]:
    """Return name -> how to make a model, of all models for a task."""
    return CLASSIFIERS if task == "classification" else REGRESSORS


def make(task: Task, name: str, seed: int) -> Any:  # noqa: ANN401 - models share no base class
    """Return an unfitted model.

    Raises:
        UnknownNameError: No model for this task has the name.
    """
    known = models(task)
    if name not in known:
        raise UnknownNameError(f"{task} model", name, known)
    return known[name](seed)
