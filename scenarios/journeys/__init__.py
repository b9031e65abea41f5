"""What a user does: one journey per module.  This is what people edit."""
