// An e-mail in a frame that may do nothing. It comes from the server by a form, with a policy of its own: what is
// written into a page (srcdoc) would have the panel's. Each turn takes a new frame, so that “back” leaves the page.
window.mailFrame = (stage, address, wide) => {
  const widths = { desktop: wide || 680, mobile: 375 };
  let way = "desktop";
  let turn = 0;

  function fit() {
    const width = widths[way];
    const scale = Math.min(1, stage.clientWidth / width);
    for (const frame of stage.querySelectorAll("iframe")) {
      frame.style.width = `${width}px`;
      frame.style.left = `${Math.max(0, (stage.clientWidth - width) / 2)}px`;
      frame.style.height = `${stage.clientHeight / scale}px`;
      frame.style.transform = `scale(${scale})`;
    }
  }

  function fresh() {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "");
    frame.title = "The e-mail";
    frame.name = `mail-${++turn}`;
    stage.append(frame);
    frame.addEventListener("load", () => {
      for (const older of stage.querySelectorAll("iframe")) {
        if (Number(older.name.slice(5)) < Number(frame.name.slice(5))) older.remove();
      }
    });
    fit();
    return frame;
  }

  function show(body) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    form.target = fresh().name;
    form.hidden = true;
    for (const [name, value] of body.entries()) {
      const input = document.createElement("textarea");
      input.name = name;
      input.value = value;
      form.append(input);
    }
    document.body.append(form);
    form.submit();
    form.remove();
  }

  new ResizeObserver(fit).observe(stage);
  return { show, choose: (chosen) => { way = chosen; fit(); } };
};
