"""What a page costs on an emulated phone."""
