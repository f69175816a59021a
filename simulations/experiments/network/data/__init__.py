"""Images by class: the packaged glyphs or a folder of your own, and splits that leak nothing."""
