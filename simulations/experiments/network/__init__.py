"""The real-network reference run.

``glyphs`` builds the packaged images, ``data`` reads and splits images, ``training`` trains (torch),
and ``record`` measures and writes down; ``findings`` says what the recorded runs show.
"""
