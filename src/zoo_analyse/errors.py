"""What can be wrong with a question put to the analysis; each message is one clear Dutch line."""


class AnalysisError(ValueError):
    """A mistake the user can repair. The message says what is wrong, where, and what to do."""


class UnknownIndicator(AnalysisError):  # noqa: N818 - named after what the user met
    """There is no indicator of that name."""


class ParameterError(AnalysisError):
    """A parameter does not exist, has the wrong type, or is too small."""


class NotFeasible(AnalysisError):  # noqa: N818 - the documents' own word: 'niet haalbaar'
    """A source, table or column that the definition needs is absent: no answer, and never zero."""


class AreaCodeError(AnalysisError):
    """A code is not a CBS area code, or areas of different kinds were mixed."""


class FeatureError(AnalysisError):
    """A table of features, labels or rates cannot be analysed as it is."""


class FigureError(AnalysisError):
    """A figure was asked of a table that it cannot draw."""


class ModelError(AnalysisError):
    """A model or test cannot be fitted to these data. The message holds no value or label of them."""
