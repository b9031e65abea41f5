"""What a person does on a page: one journey per module, named like it.  This is what people edit."""
