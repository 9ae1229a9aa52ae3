"""Everything retrieval can raise; each text names the thing, the cause and the remedy."""


class RetrievalError(Exception):
    """Root of this package's errors."""


class CollectionError(RetrievalError):
    """The collection cannot be read: a file, the catalogue, or what it says."""


class IndexMissingError(RetrievalError):
    """There is no index for this collection yet."""


class IndexStaleError(RetrievalError):
    """The index was built from something else than what is there now."""


class IndexDamagedError(RetrievalError):
    """The index's own files are not what its manifest says."""


class IndexBuildError(RetrievalError):
    """The index cannot be written."""


class EncoderError(RetrievalError):
    """The encoder's weights or its compiled form cannot be used."""


class QuoteError(RetrievalError):
    """Words that were about to be quoted are not the source's words."""


class QuestionsError(RetrievalError):
    """A question file for evaluation cannot be read."""


class ReaderError(RetrievalError):
    """The reader's model cannot be used."""
