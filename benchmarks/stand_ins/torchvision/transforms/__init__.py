"""Names that grad-cam imports and Grad-CAM doesn't use."""

Compose = Normalize = ToTensor = None
