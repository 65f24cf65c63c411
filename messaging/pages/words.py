"""The words of the pages that people see, in their language; pure."""

from typing import NamedTuple


class Words(NamedTuple):
    """One language. `{to}` is the masked address, `{project}` who writes."""

    language: str
    email: str
    phone: str
    push: str
    get_all: str
    get_no_campaigns: str
    get_system: str
    types: str
    unsubscribe: str
    unsubscribe_campaign: str
    save: str
    saved: str
    unsubscribed: str
    blocked: str
    choose: str
    missing: str
    asked: str


WORDS: dict[str, Words] = {
    words.language: words
    for words in (
        Words(
            "en", "E-mails to {to}", "SMS to {to}", "App notifications",
            "Everything", "No news and offers", "Only what is necessary, such as receipts and sign-in codes",
            "Notifications about", "Unsubscribe", "Unsubscribe from news and offers", "Save", "Your choice is saved.",
            "You are unsubscribed.", "Nothing is sent to this address. To get messages again, write to {project}.",
            "What do you want to get?", "This link doesn't lead anywhere (any more).",
            "Do you want to unsubscribe? One click is enough.",
        ),
        Words(
            "uk", "Листи на {to}", "SMS на {to}", "Сповіщення застосунку",
            "Усе", "Без новин і пропозицій", "Лише необхідне: квитанції, коди входу тощо",
            "Сповіщення про", "Відписатися", "Відписатися від новин і пропозицій", "Зберегти", "Ваш вибір збережено.",
            "Вас відписано.", "На цю адресу нічого не надсилають. Щоб знову отримувати листи, напишіть до {project}.",
            "Що ви хочете отримувати?", "Це посилання нікуди не веде.",
            "Бажаєте відписатися? Досить одного натискання.",
        ),
        Words(
            "de", "E-Mails an {to}", "SMS an {to}", "App-Mitteilungen",
            "Alles", "Keine Neuigkeiten und Angebote", "Nur Notwendiges wie Belege und Anmeldecodes",
            "Mitteilungen über", "Abmelden", "Von Neuigkeiten und Angeboten abmelden", "Speichern",
            "Ihre Auswahl ist gespeichert.", "Sie sind abgemeldet.",
            "An diese Adresse wird nichts gesendet. Um wieder Nachrichten zu erhalten, schreiben Sie an {project}.",
            "Was möchten Sie erhalten?", "Dieser Link führt (nicht mehr) weiter.",
            "Möchten Sie sich abmelden? Ein Klick genügt.",
        ),
        Words(
            "fr", "E-mails à {to}", "SMS au {to}", "Notifications de l'application",
            "Tout", "Pas d'actualités ni d'offres", "Seulement le nécessaire : reçus, codes de connexion",
            "Notifications sur", "Se désabonner", "Se désabonner des actualités et des offres", "Enregistrer",
            "Votre choix est enregistré.", "Vous êtes désabonné.",
            "Rien n'est envoyé à cette adresse. Pour recevoir de nouveau des messages, écrivez à {project}.",
            "Que souhaitez-vous recevoir ?", "Ce lien ne mène nulle part (ou plus).",
            "Souhaitez-vous vous désabonner ? Un clic suffit.",
        ),
        Words(
            "es", "Correos a {to}", "SMS al {to}", "Notificaciones de la aplicación",
            "Todo", "Sin novedades ni ofertas", "Solo lo necesario: recibos y códigos de acceso",
            "Notificaciones sobre", "Darse de baja", "Darse de baja de novedades y ofertas", "Guardar",
            "Su elección está guardada.", "Se ha dado de baja.",
            "No se envía nada a esta dirección. Para volver a recibir mensajes, escriba a {project}.",
            "¿Qué desea recibir?", "Este enlace no lleva a ningún sitio.",
            "¿Desea darse de baja? Basta un clic.",
        ),
        Words(
            "pl", "E-maile na {to}", "SMS na {to}", "Powiadomienia aplikacji",
            "Wszystko", "Bez nowości i ofert", "Tylko niezbędne: potwierdzenia, kody logowania",
            "Powiadomienia o", "Wypisz mnie", "Wypisz mnie z nowości i ofert", "Zapisz", "Wybór został zapisany.",
            "Zostałeś wypisany.", "Na ten adres nic nie wysyłamy. Aby znów otrzymywać wiadomości, napisz do {project}.",
            "Co chcesz otrzymywać?", "Ten link donikąd (już) nie prowadzi.",
            "Chcesz się wypisać? Wystarczy jedno kliknięcie.",
        ),
    )
}  # fmt: skip


def words_for(accept_language: str, *, preferred: str = "") -> Words:
    """The first language that we have: the person's own as known to the project, then the browser's, then English."""
    asked = [preferred, *(each.partition(";")[0] for each in accept_language[:200].split(","))]
    codes = (each.strip().lower()[:2] for each in asked)
    return next((WORDS[code] for code in codes if code in WORDS), WORDS["en"])


def masked(value: str) -> str:
    """Enough of an address for its owner to know it, and not for anybody else: a***@example.com, +***89."""
    local, at, domain = value.rpartition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    return f"+***{value[-2:]}" if value.startswith("+") else "***"
