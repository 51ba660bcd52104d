"""The explorer's own words, Spanish first."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Explorador", "Explorer"),
    "lead": (
        "Escriba una consulta GraphQL, ejecútela y lea la respuesta. El catálogo está abierto a todos; los sistemas "
        "de las instituciones piden un token.",
        "Write a GraphQL query, run it and read the answer. The catalogue is open to everyone; the institutions' "
        "systems ask for a token.",
    ),
    "no_script": (
        "Esta página necesita JavaScript. Sin él, puede consultar desde una terminal y leer el esquema aquí:",
        "This page needs JavaScript. Without it, you can ask from a terminal and read the schema here:",
    ),
    "address": ("http://localhost:8080", "http://localhost:8080"),
    "skip": ("Ir a la consulta", "Skip to the query"),
    "pages": ("Páginas", "Pages"),
    "reference": ("Esquema completo", "The whole schema"),
    "other_language": ("English", "Español"),
    "example": ("Ejemplo", "Example"),
    "catalogue": ("Ejemplos de Sacbé", "Sacbé's examples"),
    "run": ("Ejecutar", "Run"),
    "tidy": ("Ordenar", "Tidy"),
    "shortcut": (
        "Ctrl + Enter ejecuta, Ctrl + espacio completa, F6 cambia de panel",
        "Ctrl + Enter runs, Ctrl + Space completes, F6 changes pane",
    ),
    "query": ("Consulta", "Query"),
    "completions": ("Posibles continuaciones", "Possible completions"),
    "request": ("Lo que acompaña la consulta", "What goes with the query"),
    "variables": ("Variables (JSON)", "Variables (JSON)"),
    "headers": ("Quién pregunta", "Who asks"),
    "headers_hint": (
        "Quedan solo en esta pestaña del navegador y se borran al cerrarla.",
        "They stay in this tab of the browser alone and are gone when it is closed.",
    ),
    "history": ("Historial", "History"),
    "history_hint": (
        "Este navegador recuerda las últimas consultas, nunca los encabezados. Los valores de las variables quedan "
        "solo en esta pestaña: ponga en variables lo que sea de una persona.",
        "This browser remembers the last queries, never the headers. The variables' values stay in this tab alone: "
        "put into variables whatever is a person's.",
    ),
    "result": ("Respuesta y ayuda", "Answer and help"),
    "answer": ("Respuesta", "Answer"),
    "waiting": ("Todavía no hay respuesta.", "There is no answer yet."),
    "copy_answer": ("Copiar respuesta", "Copy answer"),
    "schema": ("Esquema", "Schema"),
    "find": ("Buscar tipo o campo", "Find a type or field"),
    "back": ("← Volver", "← Back"),
    "trail": ("Tipos de entrada", "Entry types"),
    "access": ("Acceso", "Access"),
    "code": ("Código", "Code"),
    "code_hint": (
        "La consulta como está en el editor. El token no se copia: se lee de la variable de entorno SACBE_TOKEN.",
        "The query as it stands in the editor. The token is not copied: it is read from the environment variable "
        "SACBE_TOKEN.",
    ),
    "request_title": ("Pedir acceso", "Ask for access"),
    "request_lead": (
        "La solicitud llega a quien administra el sistema que se quiere consultar, con su nombre y su motivo. Nada "
        "se envía hasta que lo confirme.",
        "The request goes to those who keep the system that is to be asked, with your name and your reason. Nothing "
        "is sent until you confirm it.",
    ),
    "request_sent": ("Lo que se enviará", "What will be sent"),
    "request_or": ("O, desde una terminal del nodo:", "Or, from a terminal of the node:"),
    "request_send": ("Enviar la solicitud", "Send the request"),
    "close": ("Cerrar", "Close"),
}
"""Words of the page, by the name that its template gives them."""

SPOKEN: Mapping[str, tuple[str, str]] = {
    "asking": ("Consultando…", "Asking…"),
    "loading": ("Cargando…", "Loading…"),
    "unreachable": ("No se pudo consultar", "It could not be asked"),
    "schemaUnreachable": (
        "No se pudo leer el esquema; el editor no ayuda por ahora",
        "The schema could not be read; the editor does not help for now",
    ),
    "copy": ("Copiar", "Copy"),
    "copied": ("Copiado", "Copied"),
    "notCopied": ("No se pudo copiar", "Not copied"),
    "completions": ("{count} continuaciones", "{count} completions"),
    "noCompletions": ("Nada que completar aquí", "Nothing to complete here"),
    "problems": ("Problemas en la consulta: {count}", "Problems in the query: {count}"),
    "atLine": ("línea {line}", "line {line}"),
    "stray": ("«{text}» no corresponde aquí.", "'{text}' does not belong here."),
    "open": ("Este texto no se cierra.", "This text is never closed."),
    "ended": ("La consulta termina antes de tiempo.", "The query ends too early."),
    "expected": ("Falta «{text}».", "'{text}' is missing."),
    "nameless": ("Varias operaciones: cada una necesita un nombre.", "Several operations: each needs a name."),
    "twice": ("«{name}» está dos veces.", "'{name}' stands here twice."),
    "operationUnknown": ("Este esquema no tiene {name}.", "This schema has no {name}."),
    "fieldUnknown": ("{type} no tiene el campo «{name}».", "{type} has no field '{name}'."),
    "fieldUnknownNear": (
        "{type} no tiene el campo «{name}». ¿Será «{near}»?",
        "{type} has no field '{name}'. Is it '{near}'?",
    ),
    "selectionMissing": (
        "Falta decir qué se quiere de «{name}» ({type}): agregue {} con campos.",
        "It is not said what is wanted of '{name}' ({type}): add {} with fields.",
    ),
    "selectionUnfit": ("«{name}» ({type}) no tiene campos.", "'{name}' ({type}) has no fields."),
    "empty": ("Falta al menos un campo.", "At least one field is missing."),
    "argumentUnknown": ("No hay un argumento «{name}».", "There is no argument '{name}'."),
    "argumentUnknownNear": (
        "No hay un argumento «{name}». ¿Será «{near}»?",
        "There is no argument '{name}'. Is it '{near}'?",
    ),
    "argumentMissing": ("Falta el argumento «{name}: {type}».", "The argument '{name}: {type}' is missing."),
    "valueUnfit": ("Este valor no es de tipo {type}.", "This value is not of type {type}."),
    "oneOf": ("{type} lleva exactamente un campo.", "{type} takes exactly one field."),
    "variableUnknown": ("La variable ${name} no está declarada.", "The variable ${name} is not declared."),
    "variableUnused": ("La variable ${name} no se usa.", "The variable ${name} is not used."),
    "variableUnfit": (
        "La variable ${name} es {type}; aquí va {wanted}.",
        "The variable ${name} is {type}; here goes {wanted}.",
    ),
    "inputUnknown": ("«{type}» no es un tipo de entrada.", "'{type}' is no input type."),
    "fragmentUnknown": ("No hay un fragmento «{name}».", "There is no fragment '{name}'."),
    "fragmentUnused": ("El fragmento «{name}» no se usa.", "The fragment '{name}' is not used."),
    "typeUnknown": ("No hay un tipo «{type}» con campos.", "There is no type '{type}' with fields."),
    "typeUnfit": ("Aquí nunca hay un {type}: es {within}.", "There is never a {type} here: it is {within}."),
    "directiveUnknown": ("No hay una directiva @{name}.", "There is no directive @{name}."),
    "directiveUnfit": ("@{name} no va en este lugar.", "@{name} cannot stand here."),
    "jsonBroken": ("Las variables no son JSON (línea {line}).", "The variables are not JSON (line {line})."),
    "jsonNoObject": ("Las variables van entre llaves: {}.", "The variables stand in braces: {}."),
    "variableMissing": ("Falta el valor de ${name} ({type}).", "The value of ${name} ({type}) is missing."),
    "variableStray": ("La consulta no declara ${name}.", "The query does not declare ${name}."),
    "timing": ("{whole} ms (primer byte: {first} ms)", "{whole} ms (first byte: {first} ms)"),
    "errorCount": ("errores: {count}", "errors: {count}"),
    "messageCount": ("mensajes: {count}", "messages: {count}"),
    "messages": ("Mensajes que pasaron por el bus", "Messages that went over the bus"),
    "messageId": ("Mensaje", "Message"),
    "service": ("Servicio", "Service"),
    "noHistory": ("Todavía no hay consultas.", "There are no queries yet."),
    "clearHistory": ("Borrar el historial", "Clear the history"),
    "nothing": ("Nada con ese nombre.", "Nothing of that name."),
    "deprecated": ("En desuso.", "Deprecated."),
    "useExample": ("Consulta lista", "Ready query"),
    "exampleTaken": ("Consulta de {name} en el editor", "Query of {name} in the editor"),
    "changes": ("cambios", "changes"),
    "youAre": ("Usted pregunta como", "You ask as"),
    "noToken": (
        "Sin un token no se sabe quién pregunta. Escríbalo en «Quién pregunta» y vuelva a esta pestaña.",
        "Without a token it is not known who asks. Write it under 'Who asks' and come back to this tab.",
    ),
    "noRight": ("Sin derecho a consultar.", "No right to ask."),
    "askAccess": ("Pedir acceso…", "Ask for access…"),
    "giveToken": ("Escribir el token", "Give the token"),
    "agreement": ("convenio", "agreement"),
    "until": ("hasta {until}", "until {until}"),
    "usePurpose": ("Usar como Sacbe-Purpose", "Use as Sacbe-Purpose"),
    "purposeTaken": ("Sacbe-Purpose: {number}", "Sacbe-Purpose: {number}"),
    "asked": ("Solicitud {number} enviada.", "Request {number} was sent."),
    "stateIN_FORCE": ("Vigente", "In force"),
    "stateWAITING": ("En espera de decisión", "Waiting for a decision"),
    "stateREFUSED": ("Rechazado", "Refused"),
    "stateOVER": ("Vencido", "Over"),
    "stateREVOKED": ("Revocado", "Revoked"),
}
"""Words that the script says; `{name}` stands for a value."""

HEADERS = (
    {
        "id": "token",
        "name": "Authorization",
        "type": "password",
        "hint": {"es": "El token del sistema que pregunta.", "en": "The token of the system that asks."},
    },
    {
        "id": "purpose",
        "name": "Sacbe-Purpose",
        "type": "text",
        "hint": {
            "es": "Número del convenio que da el derecho.",
            "en": "Number of the agreement that gives the right.",
        },
    },
    {
        "id": "user",
        "name": "X-Road-UserId",
        "type": "text",
        "hint": {"es": "La persona que pregunta.", "en": "The person who asks."},
    },
    {
        "id": "issue",
        "name": "X-Road-Issue",
        "type": "text",
        "hint": {"es": "El expediente por el que pregunta.", "en": "The case behind the request."},
    },
    {
        "id": "message",
        "name": "X-Road-Id",
        "type": "text",
        "hint": {
            "es": "Su identificador de la consulta; cada uno sirve una vez.",
            "en": "Your identifier of the query; each is good for one.",
        },
    },
    {
        "id": "sandbox",
        "name": "Sacbe-Sandbox",
        "type": "checkbox",
        "hint": {
            "es": "Responder con muestras grabadas, sin consultar a las instituciones.",
            "en": "Answer from recorded samples, without asking the institutions.",
        },
    },
)
"""Headers that can be given with a query."""

REQUEST_FIELDS = (
    {
        "name": "consumer",
        "type": "text",
        "required": True,
        "label": {"es": "Sistema que preguntará", "en": "System that will ask"},
    },
    {
        "name": "service",
        "type": "text",
        "required": True,
        "label": {"es": "Servicio de datos u operación", "en": "Data service or operation"},
    },
    {
        "name": "purpose",
        "type": "text",
        "required": True,
        "label": {"es": "Para qué (lo podrá leer la ciudadanía)", "en": "What for (citizens may read it)"},
    },
    {
        "name": "legalBasis",
        "type": "text",
        "required": False,
        "label": {"es": "Norma que lo permite (opcional)", "en": "Norm that allows it (optional)"},
    },
    {
        "name": "until",
        "type": "date",
        "required": False,
        "label": {"es": "Último día (opcional)", "en": "Last day (optional)"},
    },
)
"""What a request for access says, by the names of `AccessInput`."""


def in_language(words: Mapping[str, tuple[str, str]], language: str) -> dict[str, str]:
    """Give words in `es` or `en`."""
    return {name: pair[0 if language == "es" else 1] for name, pair in words.items()}
