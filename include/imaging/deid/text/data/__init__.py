"""Words and cues as data, and how the words of the standard are taken."""
