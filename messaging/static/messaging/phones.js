// A logo that can't be loaded leaves no torn picture.
document.addEventListener("DOMContentLoaded", () => {
  for (const image of document.querySelectorAll(".phone img")) {
    const drop = () => image.remove();
    image.addEventListener("error", drop);
    if (image.complete && !image.naturalWidth) drop();
  }
});
