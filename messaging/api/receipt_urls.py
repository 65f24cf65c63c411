from django.urls import path

from messaging.api.receipts import receive_receipt

urlpatterns = [path("receipts/<str:provider>/<str:sender_key>", receive_receipt, name="receipts")]
