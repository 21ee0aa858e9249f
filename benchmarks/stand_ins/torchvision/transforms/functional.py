"""Names that grad-cam imports and Grad-CAM doesn't use."""

resize = None
