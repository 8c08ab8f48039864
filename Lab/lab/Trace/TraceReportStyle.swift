// How the page of a trace looks, and how it is stepped through. Colours and type are the report's.

enum TraceReportStyle {
    static let css = """
        kbd { font: inherit; border: 1px solid var(--rule); border-radius: 4px; padding: 0 5px; background: var(--panel); }
        .trace h2 { margin: 22px 0 8px; padding-top: 10px; font-size: 19px; }
        .trace h2 .stage { padding-left: 10px; }
        .trace.current h2 .stage { text-decoration: underline; text-underline-offset: 4px; }
        .lanes { position: relative; scroll-margin: 48px 0 52vh; }
        .lane { display: grid; grid-template-columns: 74px 1fr; align-items: center; margin: 3px 0; }
        .lane b { font-size: 13px; font-weight: 600; white-space: nowrap; }
        .track { position: relative; height: 22px; background: var(--panel); border-radius: 3px; }
        .thread .track { height: 30px; cursor: pointer; }
        .axis .track { background: none; height: 20px; }
        .axis .track span { position: absolute; font-size: 12px; color: var(--soft); white-space: nowrap;
          border-left: 1px solid var(--soft); padding-left: 4px; }
        .axis .track .last { transform: translateX(-100%); width: auto !important; border: 0; padding: 0 4px;
          border-right: 1px solid var(--soft); }
        .track i { position: absolute; top: 2px; bottom: 2px; min-width: 2px; overflow: hidden; font-style: normal;
          font-size: 11px; line-height: 18px; container-type: inline-size; }
        .thread .track i { line-height: 26px; }
        .track i span { padding-left: 4px; white-space: nowrap; }
        @container (max-width: 115px) { .track i span { display: none; } }
        .track .span.staying { top: 7px; bottom: 7px; line-height: 8px; }
        .track .span.staying span { display: none; }
        i.span.connecting { background: var(--ink); } i.span.thinking { background: var(--think); }
        i.span.waiting { background: var(--wait); color: var(--waitink); } i.span.receiving { background: var(--receive); }
        i.span.staying { background: var(--stay); } i.span.ignoring { background: var(--s2); color: var(--paper); }
        i.call.blocked { background: var(--wait); color: var(--waitink); } i.call.moves { background: var(--receive); }
        i.call.sleeps { background: var(--think); } i.call.other { background: var(--soft); color: var(--paper); }
        .track i.current { outline: 3px solid var(--ink); outline-offset: 1px; z-index: 2; overflow: visible; }
        .cursor { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--ink); opacity: 0.6; }
        .cursors { position: absolute; left: 74px; right: 0; top: 0; bottom: 0; pointer-events: none; z-index: 1; }
        .legend i { display: inline-block; width: 22px; height: 12px; margin-right: 6px; }
        .calls { padding-left: 3em; font-size: 14px; } .calls li { margin: 12px 0; } .calls p, #current p { margin: 2px 0; }
        #current p { max-width: none; }
        code.strace { font-size: 12px; color: var(--soft); }
        #panel { position: sticky; bottom: 0; z-index: 3; background: var(--paper); border-top: 2px solid var(--ink);
          padding: 8px 0 10px; margin-top: 20px; }
        #panel .lane { margin-top: 8px; }
        #panel .track { overflow: hidden; }
        #closeup { position: absolute; top: 0; bottom: 0; }
        #closeup .current { outline-offset: -3px; }
        #current { height: 10.5em; overflow-y: auto; font-size: 15px; margin-top: 6px; }
        .controls { display: flex; gap: 8px; align-items: center; justify-content: space-between; }
        .controls.servers { justify-content: flex-start; margin-top: 6px; }
        #position { font-size: 14px; text-align: center; font-variant-numeric: tabular-nums; }
        button { font: inherit; font-size: 15px; color: var(--ink); background: var(--panel); border: 1px solid var(--soft);
          border-radius: 6px; min-height: 36px; min-width: 36px; padding: 2px 12px; cursor: pointer; }
        button:focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
        button[aria-pressed="true"] { background: var(--ink); color: var(--paper); }
        button:disabled { opacity: 0.45; cursor: default; }
        @media (max-width: 560px) {
          main { padding: 16px 12px 40px; }
          #current { height: 13em; font-size: 14px; }
          .lane { grid-template-columns: 62px 1fr; }
          .cursors { left: 62px; }
        }
        """
}

enum TraceReportScript {
    static let text = """
        'use strict';
        const byId = (id) => document.getElementById(id);
        // Each server with its boxes and its texts, both in the order of the calls.
        const traces = [...document.querySelectorAll('.trace')].map((section) => {
          const boxes = [];
          for (const box of section.querySelectorAll('.call')) boxes[box.dataset.call] = box;
          const cursors = document.createElement('div');
          cursors.className = 'cursors';
          const cursor = cursors.appendChild(document.createElement('div'));
          cursor.className = 'cursor';
          section.querySelector('.lanes').append(cursors);
          return {section, boxes, cursor, texts: [...section.querySelectorAll('.calls > li')]};
        });
        const choices = [...document.querySelectorAll('.choose')];
        let server = 0, call = 0;

        function show(newServer, newCall, scrolls = true) {
          traces[server].boxes[call].classList.remove('current');
          traces[server].section.classList.remove('current');
          server = newServer;
          const trace = traces[server];
          call = Math.max(0, Math.min(newCall, trace.boxes.length - 1));
          const box = trace.boxes[call];
          box.classList.add('current');
          trace.section.classList.add('current');
          // The same moment in all servers.
          for (const other of traces) other.cursor.style.left = box.style.left;
          closeUp(box);
          byId('current').innerHTML = trace.texts[call].innerHTML;
          byId('current').scrollTop = 0;
          byId('position').textContent =
            `${trace.section.querySelector('h2').textContent}: call ${call + 1} of ${trace.boxes.length}`;
          byId('previous').disabled = call === 0;
          byId('next').disabled = call === trace.boxes.length - 1;
          choices.forEach((button, index) => button.setAttribute('aria-pressed', index === server));
          if (scrolls) trace.section.querySelector('.lanes').scrollIntoView({block: 'nearest'});
        }

        // One millisecond of the thread: from a little before the call begins.
        function closeUp(box) {
          const width = Number(byId('panel').dataset.duration);
          const start = parseFloat(box.style.left) / 100 * width - 0.3;
          const lane = byId('closeup');
          lane.replaceChildren(...box.parentNode.cloneNode(true).children);
          // What began before has its name there.
          for (const copy of lane.children) {
            if (parseFloat(copy.style.left) / 100 * width < start) copy.textContent = '';
          }
          Object.assign(lane.style, {width: `${width * 100}%`, left: `${-start * 100}%`});
        }

        // What another server does at the same moment.
        function choose(newServer) {
          const moment = parseFloat(traces[server].boxes[call].style.left);
          const later = traces[newServer].boxes.findIndex((box) => parseFloat(box.style.left) > moment);
          show(newServer, later < 0 ? Infinity : later - 1);
        }

        // The call of a lane that is nearest to where it was tapped: short ones are hard to hit.
        function tap(event, index) {
          const track = event.target.closest('.thread .track');
          if (!track) return;
          const distance = (box) => {
            const {left, right} = box.getBoundingClientRect();
            return Math.max(left - event.clientX, event.clientX - right, 0);
          };
          const boxes = [...track.querySelectorAll('.call')];
          const nearest = boxes.reduce((best, box) => distance(box) < distance(best) ? box : best);
          show(index, Number(nearest.dataset.call));
        }

        byId('closeup').parentNode.onclick = (event) => tap(event, server);
        byId('previous').onclick = () => show(server, call - 1);
        byId('next').onclick = () => show(server, call + 1);
        choices.forEach((button, index) => { button.onclick = () => choose(index); });
        traces.forEach(({section}, index) => { section.onclick = (event) => tap(event, index); });
        document.onkeydown = (event) => {
          if (event.ctrlKey || event.altKey || event.metaKey) return;
          const steps = {ArrowLeft: call - 1, ArrowRight: call + 1, Home: 0, End: Infinity};
          const chosen = choices.findIndex((button) => button.textContent === event.key);
          if (event.key in steps) show(server, steps[event.key]);
          else if (chosen >= 0) choose(chosen);
          else return;
          event.preventDefault();
        };
        byId('panel').hidden = false;
        show(0, 0, false);
        """
}
