"""Vocabularies that are only a list of words."""


class ListedVocabulary:
    """Tokens that are given as texts, or as bytes."""

    def __init__(self, texts) -> None:
        self._data = [text if isinstance(text, bytes) else text.encode() for text in texts]

    def bytes_of(self, token_id):
        return self._data[token_id]
