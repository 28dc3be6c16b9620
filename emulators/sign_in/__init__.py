"""Services by which people sign in: OpenID Connect, Google, Microsoft and SAML."""
