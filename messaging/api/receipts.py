"""POST|GET /receipts/{provider}/{sender_key}: what providers report."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channels_app.contract import BadReceipt, BadSignature
from messaging.services.incoming import store_receipts
from projects.errors import NotFound


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_receipt(request: HttpRequest, provider: str, sender_key: str) -> JsonResponse:
    """Keep the receipt and answer at once; a job works it off. 403 for a wrong signature, 404 for a wrong key."""
    try:
        count = store_receipts(
            provider,
            sender_key,
            body=request.body,
            content_type=request.content_type or "",
            query=request.GET.dict(),
        )
    except NotFound:
        return JsonResponse({"error": "Not found"}, status=404)
    except BadSignature:
        return JsonResponse({"error": "The signature is wrong."}, status=403)
    except BadReceipt as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"received": count})
