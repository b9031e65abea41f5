"""The bundled subject: a tour API and its pages, with defects that can be switched on."""
