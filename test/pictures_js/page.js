// Runs in the page that test/pictures_browser makes: draws each Mermaid text,
// and measures the texts of each SVG, with the fonts that there are.  The result
// is JSON in the element "result".
'use strict';

// the text of a label, with its line ends
function lines(element) {
	const copy = element.cloneNode(true);
	copy.querySelectorAll('br').forEach((br) => br.replaceWith('\n'));
	// word joiners cannot be seen
	return copy.textContent.replaceAll('\u2060', '');
}

async function drawMermaid(text, id) {
	await mermaid.parse(text);
	const { svg } = await mermaid.render(id, text);
	const stage = document.getElementById('stage');
	stage.innerHTML = svg;
	const found = { labels: {}, edges: [] };
	stage.querySelectorAll('g.node').forEach((node) => {
		const key = node.id.replace(/^.*flowchart-/, '').replace(/-\d+$/, '');
		found.labels[key] = lines(node.querySelector('.nodeLabel') || node);
	});
	stage.querySelectorAll('.edgeLabel .edgeLabel').forEach((edge) =>
		found.edges.push(lines(edge)));
	found.scripts = stage.querySelectorAll('script, a, img, iframe').length;
	stage.innerHTML = '';
	return found;
}

// what sticks out of the picture, and which texts overlap
function measureSvg(text) {
	const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
	if (parsed.querySelector('parsererror'))
		return [parsed.querySelector('parsererror').textContent];
	const stage = document.getElementById('stage');
	const svg = document.importNode(parsed.documentElement, true);
	svg.removeAttribute('style');
	stage.replaceChildren(svg);
	const view = svg.viewBox.baseVal;
	const found = [];
	const boxes = [...svg.querySelectorAll('text')].map((element) => {
		const box = element.getBBox();
		return { left: box.x, top: box.y + 0.12 * box.height,
			right: box.x + box.width, bottom: box.y + 0.9 * box.height,
			text: element.textContent };
	});
	for (const box of boxes)
		if (box.left < -0.5 || box.top < 0 || box.right > view.width + 0.5 ||
			box.bottom > view.height)
			found.push('outside: ' + JSON.stringify(box));
	for (const [i, a] of boxes.entries())
		for (const b of boxes.slice(i + 1))
			if (a.left < b.right && b.left < a.right &&
				a.top < b.bottom && b.top < a.bottom)
				found.push('overlap: ' + JSON.stringify([a, b]));
	stage.replaceChildren();
	return found;
}

async function main() {
	const result = {};
	mermaid.initialize({ startOnLoad: false });
	let n = 0;
	for (const c of cases) {
		const r = result[c.name] = {};
		for (const kind of ['mermaid', 'map_mermaid'])
			if (c[kind])
				try {
					r[kind] = await drawMermaid(c[kind], 'm' + n++);
				} catch (error) {
					r[kind] = { error: String(error) };
				}
		for (const kind of ['svg', 'svg_480', 'svg_1280', 'map_svg', 'map_svg_480'])
			if (c[kind])
				r[kind] = measureSvg(c[kind]);
	}
	document.getElementById('result').textContent = JSON.stringify(result);
}

main().catch((error) => {
	document.getElementById('result').textContent =
		JSON.stringify({ error: String(error.stack) });
});
