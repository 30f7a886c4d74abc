"""The code lists of the record: sectors, themes, countries, languages, programmes and the rest."""

from shared.vocabulary.vocabulary import Term, UnknownCode, Vocabularies, Vocabulary, vocabulary

__all__ = ["Term", "UnknownCode", "Vocabularies", "Vocabulary", "vocabulary"]
