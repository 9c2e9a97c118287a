"""Phrases that stand for an answer, in four languages, as `fold` leaves them; parts of patterns that others build."""

NOW = (
    r"(?:(?:en |durant |durante |for |during |in |pour |pendant |per a |para )?"
    r"(?:aquest|este|this|ce|el present|el presente) (?:trimestre|quarter|periode|periodo|period)"
    r"|(?:al llarg del|durant el|en el|durante el|a lo largo del|during the|in the|for the|au cours du|pendant le"
    r"|pour le)"
    r" (?:trimestre|quarter)|enguany|de moment|per ara|ara per ara|por ahora|de momento|por el momento|so far|for now"
    r"|for the moment|pour le moment|pour l'instant)"
)
PERIOD = rf"(?:,? {NOW})?"
SO = (
    r"(?:(?:per (?:la )?(?:part nostra|nostra part)|de la nostra part|por nuestra parte|de notre cote|from our side"
    r"|on our side),? )?" + rf"(?:{NOW},? ){{0,2}}"
)
"""What may lead to a word for all: whose it is, and when."""
NOTHING_PHRASE = (
    r"(?:(?:no (?:hi ha|tenim|tinc|hay|tenemos|tengo) )?(?:res|nada) (?:nou |nuevo )?(?:a|que|per|por|de) "
    r"(?:informar|declarar|comunicar|reportar|resenar|ressenyar|notificar)"
    r"|(?:i |we )?(?:have )?(?:nothing|none) to (?:report|declare)"
    r"|rien a (?:signaler|declarer|rapporter|communiquer)|neant|ras|r\.a\.s"
    r"|(?:sense|sin|cap|ninguna|no (?:hi ha|hay|tenim|tenemos)) (?:cap |ninguna )?"
    r"(?:novetats?|novedad(?:es)?|activitat|actividad)"
    r"|no (?:hi ha hagut|n'hi ha hagut|hem tingut|n'hem tingut|hem fet|n'hem fet|se n'han? fet|ha habido|hemos tenido"
    r"|hemos hecho|se han? hecho) (?:res|nada|cap|ningun[oa]?|(?:cap |ninguna )?(?:activitat|actividad|novetat"
    r"|novedad))"
    r"|(?:il )?n'y (?:a|en a) (?:eu )?(?:rien|aucune?|rien eu)|sans activite|aucune (?:activite|nouveaute)|no activity"
    r"|nil return)"
)
NOTHING_WORD = (
    r"(?:res|res de res|cap|cap ni una?|no n'hi ha(?: hagut)?(?: cap)?|no hi ha res|nada|ningun[oa]?|none|nothing|nil"
    r"|rien|aucune?)"
)
THE = r"(?:l'|el |la |els |lo |the |le |les |en el |a la |in the )?"
LAST_TIME = (
    rf"{THE}(?:anterior|darrera?|ultim[ao]?|precedente?|previous(?: one| time| value)?"
    r"|(?:trimestre|periode|periodo) (?:passat|anterior|pasado|dernier|precedent)"
    r"|(?:darrer|ultimo?|dernier|previous|last) (?:trimestre|quarter|periode|periodo|period)"
    r"|(?:darrera|ultima|derniere|last|previous) (?:vegada|vez|fois|time)"
    r"|(?:vegada|vez|fois) (?:anterior|passada|pasada|precedente)|abans|antes|before|avant)"
)
FIGURES = r"(?:valor|xifr|dad[ae]|dato|cifra|numero|nombre|value|figure|number|chiffre|valeur|chose)\w{0,2}"
# "The same as last year" is not what was said last time, and "no changes" alone may speak of anything.
SAME = (
    r"(?:(?:exactament|exactamente|exactly|exactement) )?"
    rf"(?:{THE}(?:iguals?|idem|id|mateix(?:a|os|es)?|mism[oa]s?|same|memes?|identiques?|identic[oa]?s?|pareil"
    rf"|inchange(?:e?s?)|unchanged)(?: {FIGURES})?(?: (?:(?:que|as|a|al|au|com|de|del|than) )?{LAST_TIME})?"
    rf"|(?:com|como|comme|as|like) {LAST_TIME}"
    r"|(?:sense|sin|cap|ningun|no|sans|aucun) (?:canvis?|cambios?|changes?|changements?)"
    r" (?:respecte (?:a |al |de |del )?|respecto (?:a |al |de |del )?|since |from |par rapport (?:a |au )|depuis )"
    rf"{LAST_TIME})"
)
