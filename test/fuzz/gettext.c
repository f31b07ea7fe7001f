/*
 * gettext.c
 *	  Loaded before the C library where a server runs under AddressSanitizer:
 *	  with its own functions for translated messages the server would wait for a
 *	  lock for ever, since the sanitizer's start leaves it unlocked once too often.
 *	  Messages stay in English.
 */
char *
bindtextdomain(const char *domain, const char *dir)
{
	return (char *) dir;
}

char *
bind_textdomain_codeset(const char *domain, const char *codeset)
{
	return (char *) codeset;
}

char *
textdomain(const char *domain)
{
	return (char *) domain;
}

char *
gettext(const char *message)
{
	return (char *) message;
}

char *
dgettext(const char *domain, const char *message)
{
	return (char *) message;
}

char *
dcgettext(const char *domain, const char *message, int category)
{
	return (char *) message;
}

char *
ngettext(const char *one, const char *many, unsigned long n)
{
	return (char *) (n == 1 ? one : many);
}

char *
dngettext(const char *domain, const char *one, const char *many,
		  unsigned long n)
{
	return (char *) (n == 1 ? one : many);
}
