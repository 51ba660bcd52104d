"""The interface's own words, Spanish first; records speak for themselves in their languages."""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("es", "en")
"""Languages of the interface; the first is served without a prefix, the others under `/en/...`."""

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "site": ("Sacbé", "Sacbé"),
    "tagline": ("Los trámites del Estado, en un solo lugar", "Public services, in one place"),
    "skip": ("Ir al contenido", "Skip to content"),
    "search_label": ("¿Qué necesita hacer?", "What do you need to do?"),
    "search_hint": ("Escriba con sus palabras, por ejemplo: sacar dpi", "Use your own words, for example: passport"),
    "search_button": ("Buscar", "Search"),
    "home": ("Inicio", "Home"),
    "all_services": ("Todos los servicios", "All services"),
    "institutions": ("Instituciones", "Institutions"),
    "for_developers": ("Para quienes programan", "For developers"),
    "other_language": ("English", "Español"),
    "upkeep": ("Qué tan al día están las fichas", "How up to date the records are"),
    "upkeep_title": ("Qué tan al día están las fichas", "How up to date the records are"),
    "upkeep_lead": (
        "Cada institución responde por su información. Aquí se ve cuánto ha completado y confirmado.",
        "Each institution answers for its information. This is how much it has completed and confirmed.",
    ),
    "upkeep_how": (
        "La nota va de 0 a 100. La mitad de lo completo es la ficha de la institución y la mitad son sus servicios. "
        "«Pendiente» no cuenta como dato.",
        "The score goes from 0 to 100. Half of completeness is the institution's own record, half is its services. "
        "“Pending” is no datum.",
    ),
    "upkeep_institution": ("Institución", "Institution"),
    "upkeep_score": ("Nota", "Score"),
    "upkeep_completeness": ("Completo", "Complete"),
    "upkeep_confirmed": ("Confirmado a tiempo", "Confirmed on time"),
    "upkeep_services": ("Servicios", "Services"),
    "upkeep_left_out": ("no aplica", "left out"),
    "upkeep_left_out_why": (
        "«No aplica»: las fichas de ejemplo no las puede confirmar nadie, y esa parte no cuenta en la nota. Tampoco "
        "cuentan todavía los enlaces, la conexión por sistema ni las respuestas a solicitudes de información.",
        "“Left out”: example records cannot be confirmed by anybody, and that part does not count. Links, connections "
        "by system and answers to requests for information do not count yet either.",
    ),
    "data": ("Datos abiertos", "Open data"),
    "data_title": ("Datos abiertos", "Open data"),
    "data_lead": (
        "Todo lo que este catálogo muestra se puede descargar y volver a usar. Los archivos se renuevan solos cuando "
        "algo cambia.",
        "Everything that this catalogue shows can be downloaded and used again. The files renew themselves when "
        "something changes.",
    ),
    "data_license": ("Licencia", "Licence"),
    "data_tables": ("Tablas para descargar", "Tables to download"),
    "data_machines": ("Para programas", "For programs"),
    "data_feed": ("Cambios del catálogo", "Changes of the catalogue"),
    "data_graph": (
        "el catálogo completo como grafo (CPSV-AP 3.2.0 y DCAT-AP 3.0.1), por páginas",
        "the whole catalogue as a graph (CPSV-AP 3.2.0 and DCAT-AP 3.0.1), in pages",
    ),
    "data_package": (
        "qué hay en cada archivo y en cada columna, con su suma de control",
        "what is in each file and column, with checksums",
    ),
    "data_ckan": ("lo que leen los recolectores de CKAN", "what harvesters of CKAN read"),
    "data_changes": ("qué cambió, y desde cuándo", "what changed, and since when"),
    "data_graphql": ("preguntar solo lo que hace falta", "ask only for what is needed"),
    "data_services": ("Servicios entre instituciones", "Services between institutions"),
    "data_services_lead": (
        "Las instituciones se consultan datos entre sí por estos servicios. Cada uno pide permiso.",
        "Institutions ask each other for data through these services. Each needs a permission.",
    ),
    "life_events": ("Momentos de la vida", "Life events"),
    "business_events": ("Momentos de un negocio", "Business events"),
    "illustrative_title": ("Datos ilustrativos", "Illustrative data"),
    "illustrative": (
        "Esta ficha es un ejemplo y no es información oficial. Confirme en la institución antes de ir.",
        "This record is an example and not official information. Confirm with the institution before you go.",
    ),
    "results_for": ("Resultados para", "Results for"),
    "result_one": ("1 servicio", "1 service"),
    "result_many": ("{count} servicios", "{count} services"),
    "demand_title": ("Lo que la gente busca y no encuentra", "What people look for and do not find"),
    "demand_lead": (
        "Búsquedas que este catálogo no pudo responder. Dicen qué falta, o qué se llama de otra manera.",
        "Searches that this catalogue could not answer. They tell what is missing, or what has another name.",
    ),
    "demand_how": (
        "Solo se publica lo que se buscó en 5 días o más y desde 5 redes o más. Se quitan números y nombres. Lo demás "
        "se borra a los 30 días.",
        "Only what was searched for on 5 days or more and from 5 networks or more is published. Numbers and names are "
        "taken out. The rest is deleted after 30 days.",
    ),
    "demand_text": ("Búsqueda", "Search"),
    "demand_days": ("Días", "Days"),
    "demand_networks": ("Redes", "Networks"),
    "demand_none": ("Todavía no hay nada que publicar.", "There is nothing to publish yet."),
    "did_you_mean": ("¿Quiso decir", "Did you mean"),
    "nothing_title": ("No encontramos un servicio para", "We found no service for"),
    "nothing_hint": (
        "Pruebe con menos palabras, con otra palabra para lo mismo, o elija un momento de la vida:",
        "Try fewer words, another word for the same thing, or choose a life event:",
    ),
    "more": ("Más resultados", "More results"),
    "narrow": ("Acotar", "Narrow down"),
    "narrow_institution": ("Por institución", "By institution"),
    "narrow_event": ("Por momento", "By event"),
    "narrow_channel": ("Por forma de hacerlo", "By way of doing it"),
    "narrow_audience": ("Por persona", "By person"),
    "remove": ("quitar", "remove"),
    "what_for": ("Para qué sirve", "What it is for"),
    "requirements": ("Qué necesita", "What you need"),
    "evidence": ("Se comprueba con", "Shown by"),
    "supplied": (
        "«{evidence}» ya consta en: {providers}. La institución puede consultarlo por sí misma; no debería pedírselo.",
        "“{evidence}” is on record already in: {providers}. The institution can look it up; it should not ask you.",
    ),
    "set_by": ("Lo pide", "Required by"),
    "costs": ("Cuánto cuesta", "What it costs"),
    "time": ("Cuánto tarda", "How long it takes"),
    "where": ("Cómo y dónde", "How and where"),
    "outputs": ("Qué recibe", "What you receive"),
    "audience": ("Para quién", "Who it is for"),
    "legal": ("Base legal", "Legal basis"),
    "sources": ("De dónde sale esta información", "Where this information comes from"),
    "checked_on": ("consultado el", "checked on"),
    "confirmed": ("Confirmado por la institución el", "Confirmed by the institution on"),
    "not_confirmed": (
        "La institución todavía no ha confirmado esta ficha.",
        "The institution has not confirmed this record yet.",
    ),
    "review_due": ("Debe revisarse antes del", "To be reviewed by"),
    "not_known": ("No se conoce", "Not known"),
    "free": ("Gratis", "Free of charge"),
    "institution": ("Institución", "Institution"),
    "part_of_life": ("Momentos relacionados", "Related events"),
    "as_data": ("Esta ficha como datos", "This record as data"),
    "services_of": ("Servicios de esta institución", "Services of this institution"),
    "services_for": ("Servicios para este momento", "Services for this event"),
    "contact": ("Contacto", "Contact"),
    "page": ("Página", "Page"),
    "channel_online": ("En línea", "Online"),
    "channel_office": ("En persona", "In person"),
    "channel_phone": ("Por teléfono", "By phone"),
    "channel_email": ("Por correo electrónico", "By e-mail"),
    "channel_form": ("Con formulario", "By form"),
    "hours": ("Horario", "Opening hours"),
    "missing_title": ("Esta página no existe", "This page does not exist"),
    "missing": (
        "Puede que el servicio haya cambiado de nombre. Búsquelo con sus palabras.",
        "The service may have changed its name. Search for it in your own words.",
    ),
    "trouble_title": ("No pudimos atender su búsqueda", "We could not carry out your search"),
    "notices_title": ("Avisos por correo", "Notices by e-mail"),
    "notices_lead": ("¿Cómo quiere recibir los avisos de Sacbé?", "How would you like to get Sacbé's notices?"),
    "notices_changed": ("Su elección quedó guardada.", "Your choice is saved."),
    "notices_save": ("Guardar", "Save"),
    "notices_after": (
        "Puede cambiarlo cuando quiera con el mismo enlace. Sin avisos, las solicitudes de acceso a los datos de su "
        "institución y las señales de consultas fuera de lo común solo se ven en Sacbé.",
        "You can change it at any time with the same link. Without notices, requests for your institution's data and "
        "signs of unusual calls are seen in Sacbé alone.",
    ),
    "delivery_at-once": ("Cada aviso, en cuanto hay algo", "Each notice, as soon as there is something"),
    "delivery_daily": ("Una carta al día, si hubo algo", "One letter a day, if there was something"),
    "delivery_none": ("Ningún aviso", "No notices"),
    "notices_trouble": ("No pudimos guardar su elección", "We could not save your choice"),
    "notices_unclear": ("Elija una de las tres formas.", "Choose one of the three ways."),
    "errors": ("Errores", "Errors"),
    "immediate": ("El mismo momento", "At once"),
    "year_one": ("1 año", "1 year"),
    "year_many": ("{count} años", "{count} years"),
    "month_one": ("1 mes", "1 month"),
    "month_many": ("{count} meses", "{count} months"),
    "week_one": ("1 semana", "1 week"),
    "week_many": ("{count} semanas", "{count} weeks"),
    "day_one": ("1 día", "1 day"),
    "day_many": ("{count} días", "{count} days"),
    "hour_one": ("1 hora", "1 hour"),
    "hour_many": ("{count} horas", "{count} hours"),
    "minute_one": ("1 minuto", "1 minute"),
    "minute_many": ("{count} minutos", "{count} minutes"),
}


def words(language: str) -> dict[str, str]:
    """Give every word of the interface in one of LANGUAGES."""
    column = LANGUAGES.index(language)
    return {name: texts[column] for name, texts in _WORDS.items()}


def counted(language: str, name: str, count: int) -> str:
    """Give `name` with its count: `1 servicio`, `3 servicios`."""
    own = words(language)
    return own[f"{name}_one"] if count == 1 else own[f"{name}_many"].format(count=count)
