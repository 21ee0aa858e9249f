// Brings the cards of camlight to life: targets, opacity, and the value of a cell.
(() => {
  "use strict";

  const CANVAS = 480; // pixels along the longer side; the browser does the rest

  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // Lanczos, as Pillow does it: of which cells each of `length` pixels is made, and how much of each
  const mixtures = (cells, length) => {
    const scale = cells / length;
    const wide = Math.max(1, scale);
    const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
    return Array.from({ length }, (_, pixel) => {
      const centre = (pixel + 0.5) * scale;
      const first = Math.max(0, Math.floor(centre - 3 * wide + 0.5));
      const end = Math.min(cells, Math.floor(centre + 3 * wide + 0.5));
      const weights = Array.from({ length: end - first }, (_, step) => {
        const x = (first + step - centre + 0.5) / wide;
        return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
      });
      const sum = weights.reduce((a, b) => a + b);
      return { first, weights: weights.map((weight) => weight / sum) };
    });
  };

  // stretches the rows of RGBA pixels to `length` and swaps rows with columns: twice does both
  const stretched = (source, columns, rows, length) => {
    const target = new Uint8ClampedArray(length * rows * 4);
    mixtures(columns, length).forEach(({ first, weights }, pixel) => {
      for (let row = 0; row < rows; row++) {
        for (let channel = 0; channel < 4; channel++) {
          let sum = 0;
          for (let i = 0; i < weights.length; i++) {
            sum += weights[i] * source[(row * columns + first + i) * 4 + channel];
          }
          target[(pixel * rows + row) * 4 + channel] = sum;
        }
      }
    });
    return target;
  };

  // the colours of a map, each as strong as its value, up to `limit`
  const coloured = (map, colours, limit) => {
    const pixels = new Uint8ClampedArray(map.values.length * 4);
    map.values.forEach((value, cell) => {
      const heat = value / 1000;
      const alpha = Math.floor(Math.min(heat, limit) * 255);
      const colour = colours[Math.min(255, Math.floor(heat * 256))];
      colour.forEach((part, i) => (pixels[cell * 4 + i] = (part * alpha) / 255));
      pixels[cell * 4 + 3] = alpha;
    });
    return pixels;
  };

  const draw = (canvas, map, colours, limit) => {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!map) return;
    const cells = coloured(map, colours, limit);
    const wide = stretched(cells, map.width, map.height, canvas.width);
    const pixels = stretched(wide, map.height, canvas.width, canvas.height);
    for (let i = 0; i < pixels.length; i += 4) {
      for (let c = i; c < i + 3; c++) pixels[c] = (pixels[c] * 255) / (pixels[i + 3] || 1);
    }
    context.putImageData(new ImageData(pixels, canvas.width, canvas.height), 0, 0);
  };

  const mapOf = ({ map, rows, columns, block }) =>
    map && {
      values: map.split(" ").map(Number),
      rows: Number(rows),
      columns: Number(columns),
      block: Number(block),
      width: Math.ceil(columns / block),
      height: Math.ceil(rows / block),
    };

  const coloursOf = (digits) =>
    digits.match(/.{6}/g).map((c) => [0, 2, 4].map((i) => parseInt(c.slice(i, i + 2), 16)));

  // the photo alone, out of the picture that also holds the first map
  const photoIn = (url) =>
    url.startsWith("data:image/svg") ? decodeURIComponent(url).match(/href='([^']+)'/)[1] : url;

  const slider = (limit, changed) => {
    const percent = Math.round(limit * 100);
    const shown = make("output", { value: `${percent} %` });
    const input = make("input", { type: "range", min: 0, max: 100, step: 1 });
    input.value = percent; // after its bounds
    input.addEventListener("input", () => {
      shown.value = `${input.value} %`;
      changed(input.value / 100);
    });
    return make("label", { className: "camlight-opacity" }, "Opacity", input, shown);
  };

  const key = (colours) => {
    const bar = make("i");
    const stops = colours.filter((_, i) => i % 15 === 0).map((colour) => `rgb(${colour})`);
    bar.style.background = `linear-gradient(90deg, ${stops})`;
    return make("div", { className: "camlight-key" }, "no evidence", bar, "most");
  };

  const within = (number, count) => Math.max(0, Math.min(count - 1, number));

  const strongest = (map) => {
    const cell = map.values.indexOf(Math.max(...map.values));
    return [Math.floor(cell / map.width), cell % map.width];
  };

  // "3", or "6 to 7" where several cells are stored as one
  const named = (number, block, end) => {
    const first = number * block;
    const last = Math.min(first + block, end) - 1;
    return first === last ? `${first}` : `${first} to ${last}`;
  };

  const STEPS = {
    ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, 0],
  };

  class Card {
    constructor(card) {
      this.image = card.querySelector(".camlight-stage img");
      this.rows = [...card.querySelectorAll(".camlight-target")];
      this.maps = this.rows.map((row) => mapOf(row.dataset));
      this.first = this.maps.findIndex(Boolean);
      this.colours = coloursOf(card.dataset.colours);
      this.limit = Number(card.dataset.limit);
      this.cell = null; // [row, column] of the map, while one is read
      this.image.parentElement.append(this.layOver());
      this.image.parentElement.after(this.tools());
      if (this.rows.length > 1) this.offer(card.querySelector(".camlight-targets"));
      this.choose(this.first);
      this.image.src = photoIn(this.image.src);
      // notebooks have a meaning of their own for many keys
      card.addEventListener("keydown", (event) => event.stopPropagation());
    }

    get map() {
      return this.maps[this.target];
    }

    layOver() {
      const [width, height] = ["width", "height"].map((side) => this.image.getAttribute(side));
      const scale = CANVAS / Math.max(width, height);
      this.canvas = make("canvas", {
        width: Math.max(1, Math.round(width * scale)),
        height: Math.max(1, Math.round(height * scale)),
      });
      this.frame = make("div", { className: "camlight-frame", hidden: true });
      const cells = make("div", { className: "camlight-cells", tabIndex: 0 }, this.canvas, this.frame);
      cells.setAttribute("role", "application");
      cells.setAttribute("aria-label", "Map: arrow keys read its cells, Home the strongest");
      const leave = () => this.read(null);
      const listeners = {
        pointermove: (event) => this.point(event), pointerdown: (event) => this.point(event),
        pointerleave: leave, blur: leave, keydown: (event) => this.press(event),
      };
      for (const [name, listener] of Object.entries(listeners)) {
        cells.addEventListener(name, listener);
      }
      return cells;
    }

    tools() {
      this.reading = make("output", { className: "camlight-reading" });
      const opacity = slider(this.limit, (limit) => {
        this.limit = limit;
        this.draw();
      });
      return make("div", { className: "camlight-tools" }, opacity, key(this.colours), this.reading);
    }

    offer(group) {
      const name = `camlight-${Math.random().toString(36).slice(2)}`; // no other card's
      group.setAttribute("role", "radiogroup");
      group.setAttribute("aria-label", "Target");
      this.rows.forEach((row, i) => {
        const radio = make("input", { type: "radio", name, checked: i === this.first });
        radio.addEventListener("change", () => this.choose(i));
        row.prepend(radio);
      });
    }

    choose(target) {
      this.target = target;
      this.rows.forEach((row, i) => row.classList.toggle("camlight-chosen", i === target));
      this.image.alt = this.rows[target].dataset.alt;
      this.draw();
      this.read(null);
    }

    draw() {
      draw(this.canvas, this.map, this.colours, this.limit);
    }

    point(event) {
      if (!this.map) return;
      const box = this.canvas.getBoundingClientRect();
      const row = Math.floor(((event.clientY - box.top) / box.height) * this.map.height);
      const column = Math.floor(((event.clientX - box.left) / box.width) * this.map.width);
      this.reading.setAttribute("aria-live", "off");
      this.read([within(row, this.map.height), within(column, this.map.width)]);
    }

    press(event) {
      const step = STEPS[event.key];
      if (!step || !this.map) return;
      event.preventDefault();
      this.reading.setAttribute("aria-live", "polite");
      if (!this.cell || event.key === "Home") return this.read(strongest(this.map));
      const [row, column] = this.cell.map((place, axis) => place + step[axis]);
      this.read([within(row, this.map.height), within(column, this.map.width)]);
    }

    read(cell) {
      this.cell = cell;
      this.frame.hidden = !cell;
      this.reading.value = "Point at the picture, or press arrow keys on it, to read the map.";
      if (!cell) return;
      const [row, column] = cell;
      const { values, width, height, rows, columns, block } = this.map;
      const value = (values[row * width + column] / 1000).toFixed(3);
      const place = `row ${named(row, block, rows)}, column ${named(column, block, columns)}`;
      this.reading.replaceChildren(make("b", {}, value), block > 1 ? ` mean of ${place}` : ` at ${place}`);
      Object.assign(this.frame.style, {
        left: `${(100 * column) / width}%`, width: `${100 / width}%`,
        top: `${(100 * row) / height}%`, height: `${100 / height}%`,
      });
    }
  }

  for (const card of document.querySelectorAll(".camlight-card:not(.camlight-awake)")) {
    if (!card.querySelector("[data-map]")) continue;
    card.classList.add("camlight-awake");
    new Card(card);
  }
})();
