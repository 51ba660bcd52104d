// Access: which data services the caller may ask, which not, and a way to ask for what is missing.
//
// A request for access is an act of its own: it is shown as it will be sent, and sent only when that is confirmed.

import { button, copier, find, make, say } from "./page.js";
import { data } from "./sending.js";

const RIGHTS = `query Rights {
  me { client email }
  accessRequests(first: 100) { nodes { number consumer service state purpose until reason } }
  exchange { providers { alias title dataServices { identifier title operations { alias } } } }
}`;

const REQUEST = `mutation RequestAccess($input: AccessInput!) {
  requestAccess(input: $input) { outcome agreement { number state } }
}`;

const IN_FORCE = "IN_FORCE";

export class Access {
  constructor({ onPurpose }) {
    this.onPurpose = onPurpose;
    this.dialog = find("request");
    find("panel-access").addEventListener("show", () => this.open());
    find("request-form").addEventListener("input", () => this.preview());
    find("request-form").addEventListener("submit", (event) => this.send(event));
    find("request-cancel").addEventListener("click", () => this.dialog.close());
  }

  async open() {
    find("rights").textContent = say("loading");
    try {
      await this.load();
      find("rights").replaceChildren(...this.shown());
    } catch (error) {
      find("rights").textContent = `${say("unreachable")}: ${error.message}`;
    }
  }

  async load() {
    const { data: told } = await data(RIGHTS);
    this.me = told.me;
    this.agreements = told.accessRequests?.nodes ?? [];
    this.providers = told.exchange.providers;
  }

  shown() {
    const who = this.me?.client ?? this.me?.email;
    const lead = make("p", who ? [`${say("youAre")} `, make("code", who)] : say("noToken"));
    return [lead, ...this.providers.map((provider) => this.provider(provider))];
  }

  provider({ title, alias, dataServices }) {
    const services = dataServices.map((service) => make("li", [make("strong", service.title), " ", make("code", service.identifier), ...this.state(service)]));
    return make("section", [make("h3", [title, " ", make("code", alias)]), make("ul", services)]);
  }

  state(service) {
    const about = this.agreements.filter((each) => covers(each.service, service.identifier));
    const lines = about.map((agreement) => this.agreement(agreement));
    if (about.some(({ state }) => state === IN_FORCE || state === "WAITING")) return lines;
    return [...lines, make("p", [`${say("noRight")} `, button(say("askAccess"), () => this.ask(service.identifier), "small")])];
  }

  agreement({ number, state, purpose, until, reason, service }) {
    const parts = [say(`state${state}`), `${say("agreement")} ${number}`, purpose, until && say("until", { until }), reason].filter(Boolean);
    const isOfOne = service.split("/").length > 5 ? [" ", make("code", service)] : [];
    const use = state === IN_FORCE ? [" ", button(say("usePurpose"), () => this.onPurpose(number), "small")] : [];
    return make("p", [parts.join(" · "), ...isOfOne, ...use], { className: `right ${state === IN_FORCE ? "held" : ""}` });
  }

  /** Offer to ask for the operation that stands at a response path, whose keys are field names already. */
  async askFor([, alias, operation]) {
    await this.load();
    const services = this.providers.find((each) => each.alias === alias)?.dataServices ?? [];
    const service = services.find(({ operations }) => operations.some((each) => each.alias === operation));
    this.ask(service?.identifier ?? "");
  }

  ask(service) {
    find("request-consumer").value = this.me?.client ?? "";
    find("request-service").value = service;
    find("request-told").textContent = "";
    this.preview();
    this.dialog.showModal();
    find("request-purpose").focus();
  }

  input() {
    const fields = ["consumer", "service", "purpose", "legalBasis", "until"];
    const given = fields.map((name) => [name, find(`request-${name}`).value.trim()]);
    return Object.fromEntries(given.filter(([, value]) => value));
  }

  preview() {
    const input = this.input();
    const command = commandFor(input);
    const text = `${REQUEST}\n\n${JSON.stringify({ input }, null, 2)}`;
    find("request-preview").textContent = text;
    find("request-command").replaceChildren(make("code", command), " ", copier(command));
  }

  async send(event) {
    event.preventDefault();
    find("request-told").textContent = say("asking");
    try {
      const { data: told, errors } = await data(REQUEST, { input: this.input() });
      const agreement = told.requestAccess?.agreement;
      find("request-told").textContent = agreement ? say("asked", agreement) : (errors?.[0]?.message ?? say("unreachable"));
      if (agreement) await this.open();
    } catch (error) {
      find("request-told").textContent = error.message;
    }
  }
}

function covers(agreed, service) {
  return agreed === service || agreed.startsWith(`${service}/`);
}

/** Write the same request as the command that an operator would use. */
function commandFor({ consumer = "CONSUMER", service = "SERVICE", purpose = "", legalBasis, until }) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const further = [legalBasis && `--legal-basis ${quoted(legalBasis)}`, until && `--until ${until}`].filter(Boolean);
  return ["sacbe access request", consumer, service, `--purpose ${quoted(purpose)}`, ...further].join(" ");
}
