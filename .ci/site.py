"Build the documentation site from the notebooks, with nbdev's processors and Sphinx and without Quarto, and check it."
import ast,json,re,shutil,sys
from collections import Counter
from html.parser import HTMLParser
from importlib.metadata import files
from pathlib import Path
from posixpath import dirname,join,normpath
from tempfile import TemporaryDirectory
from urllib.parse import unquote,urlsplit
from docutils.nodes import make_id
from execnb.nbio import mk_cell,nb2dict,read_nb
from fastcore.basics import listify
from nbdev.config import get_config
from nbdev.doclinks import nbglob,patch_name
from nbdev.processors import add_fold,mv_exports,rm_export
from sphinx.application import Sphinx
from readme import Filter,options

# Captions of the navigation, and the numbers of the notebooks under each
groups = {'Start here': '9.',
          '0 Pictures': '0.', '1 The photograph': '1.', '2 Networks': '2.', '3 The first filling': '3.', '4 One scale': '4.',
          '5 One photograph': '5.', '6 Judging': '6.', '7 Commands, many photographs': '7.', '8 Widgets and the application': '8.'}

# Room for the notebooks' lines of code; exported code has an edge in colour and its names above it
css = '''
.main, .content { min-width: 0; }
.content { width: 60em; }
article p, article li, article blockquote { max-width: 50em; }
.highlight pre { font-size: .75rem; }
.highlight :is(.nn, .nc) { text-decoration: none !important; }
div.cell div.cell_input { border-color: var(--color-background-border); border-left-width: 3px; }
div.cell.tag_exported div.cell_input { border-left-color: var(--color-brand-primary); }
div.cell_output .output.text_html { overflow-x: auto; }
div.cell_output table { border-collapse: collapse; font-size: .8rem; margin: .5rem 0; }
div.cell_output :is(th, td) { padding: .2rem .6rem; border-bottom: 1px solid var(--color-background-border); }
div.names { margin: 1.2rem 0 .2rem; text-align: right; font-size: .7rem; }
div.names code { background: none; border: none; padding: 0; }
div.names a { text-decoration: none; }
div.names:has(:target) { background: var(--color-highlight-on-target); }
'''

class SiteFilter(Filter):
    "The README's processors, less those that take exported code away or move it: here it is read"
    skip = *Filter.skip,rm_export,mv_exports,add_fold

hides = {'echo':'hide_input', 'output':'hide_output'} # Quarto's options, and directives for their `false`
defs = ast.FunctionDef,ast.AsyncFunctionDef,ast.ClassDef

def definitions(src):
    "(name, syntax tree) of what `src` defines, named as nbdev does: `Class.method`, for patched methods too"
    for o in ast.parse(src).body:
        if isinstance(o, defs): yield from ((n,o) for n in listify(patch_name(o)))
        if isinstance(o, ast.ClassDef): yield from ((f'{o.name}.{t.name}',t) for t in o.body if isinstance(t, defs))
        if isinstance(o, ast.Assign): yield from ((t.id,o) for t in o.targets if isinstance(t, ast.Name))

def signature(o):
    "Parameters of a function, or of a class' `__init__`, less annotations and `self`; a constant's value, if short"
    if isinstance(o, ast.Assign): return f' = {v}' if len(v := ast.unparse(o.value))<60 else ''
    if isinstance(o, ast.ClassDef): o = next((t for t in o.body if getattr(t, 'name', '')=='__init__'), None)
    if not isinstance(o, defs): return ''
    args = ast.parse(ast.unparse(o)).body[0].args
    for a in ast.walk(args):
        if isinstance(a, ast.arg): a.annotation = None
    return '(' + re.sub(r'^self(, )?', '', ast.unparse(args)) + ')'

def exported(c): return c.cell_type=='code' and any(d.startswith('export') for d in c.directives_)

class Page:
    "A notebook, processed: its page is `name`.html, what it exports goes to `module`"
    def __init__(self, path, lib):
        self.path,self.nb = path,read_nb(path)
        self.number,self.name = re.fullmatch(r'(?:(\d+[a-z]*)_)?(.+)', path.stem.lower()).groups()
        exp = re.search(r'^#\|\s*default_exp\s+(\S+)', '\n'.join(c.source for c in self.nb.cells), flags=re.M)
        self.module = f'{lib}.{exp[1]}' if exp else lib
        SiteFilter()(self.nb)
        self.file,self.py = f'{self.name}.ipynb',self.module.replace('.', '/')+'.py'
        self.defs = {n:o for c in self.nb.cells if exported(c) for n,o in definitions(c.source)}
        md = '\n'.join(c.source for c in self.nb.cells if c.cell_type=='markdown')
        self.ids = {make_id(t) for t in re.findall(r'^#+\s+(.*)', md, flags=re.M)} # those of the headings, so far

    def link(self, name): return f'site:{self.name}.html#{self.module}.{name}'

    def links(self):
        "Where to go from what may stand in backticks: a name, with or without its module, a module, a notebook"
        d = {n:self.link(n) for n in self.defs}
        d |= {f'{self.module}.{n}':l for n,l in d.items()}
        return d | {k:self.file for k in (self.module, self.path.stem) if self.number}

    def listing(self):
        "Markdown of what the module offers: public functions and classes, documented methods, constants"
        for n,o in self.defs.items():
            doc = ast.get_docstring(o) if isinstance(o, defs) else ''
            if re.search(r'(^|\.)_', n) or doc is None: continue
            yield f'- [`{n}{signature(o)}`]({self.link(n)})' + (f'<br>{doc.splitlines()[0]}' if doc else '')

def group(page):
    "The caption under which `page` stands"
    found = [k for k,v in groups.items() if re.fullmatch(v + '[a-z]?', page.number or '')]
    if len(found)!=1: sys.exit(f'{page.path.name}: of the groups in .ci/site.py, {len(found)} take its number, not 1')
    return found[0]

def in_prose(f, md, code):
    "Markdown `md` with `f` applied to all but what the pattern `code` matches"
    parts = re.split(f'({code})', md, flags=re.M|re.S)
    parts[::2] = map(f, parts[::2])
    return ''.join(parts)

def name_links(md, links):
    "Markdown `md` with its names in backticks linked, where `links` has them; not in headings and links"
    def fix(m): return f'[{m[0]}]({links[m[1]]})' if m[1] in links else m[0]
    return in_prose(lambda s: re.sub(r'(?<![\[`])`([\w.]+)(?:\(\))?`(?!`)', fix, s), md, r'^```.*?^```|^#[^\n]*')

class Source:
    "What Sphinx makes the site from, written to folder `src`"
    def __init__(self, cfg, src):
        self.cfg,self.src,self.root = cfg,src,Path(cfg.config_path).resolve()
        self.pages = {p:Page(p, cfg.lib_name) for p in sorted(o.resolve() for o in nbglob(as_path=True))}
        last = Counter(n.rpartition('.')[2] for p in self.pages.values() for n in p.defs)
        links = {k:v for p in self.pages.values() for k,v in p.links().items()}
        self.names = {k:v for k,v in links.items() if last[k]<2} # not `sample`, which may be a function or a method
        self.git = f'{cfg.git_url}/blob/{cfg.branch}'

    def target(self, link, page, picture):
        "Where a relative `link` of `page` leads to: a page, a picture (copied), or a file on GitHub"
        file,hash_,frag = link.partition('#')
        p = (page.path.parent/unquote(file)).resolve()
        if not p.exists() or self.root not in p.parents: sys.exit(f'{page.path.name}: nothing is at {link}')
        rel = p.relative_to(self.root).as_posix()
        if p in self.pages: return self.pages[p].file+hash_+frag
        if not picture: return f'{self.git}/{rel}{hash_}{frag}'
        (self.src/rel).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(p, self.src/rel)
        return rel

    def text(self, c, page):
        "A Markdown cell with its links"
        def fix(m): return f'{m[1] or ""}{m[2]}{self.target(m[3], page, m[1])}'
        link = r'(!\[[^\]]*)?(\]\()(?![a-zA-Z]+:|[/#])([^)\s]+)'
        md = in_prose(lambda s: re.sub(link, fix, s), c.source, r'^```.*?^```|`[^`\n]+`')
        return [mk_cell(name_links(md, self.names|page.links()), 'markdown')]

    def anchors(self, c, page):
        "What stands above exported code: the module, and the names, which links lead to"
        names = list(dict(definitions(c.source)))
        both = [i for n in names for i in (f'{page.module}.{n}', n.lower())] # as in `link`, and as nbdev has it
        ids = dict.fromkeys(i for i in both if i not in page.ids)
        page.ids |= ids.keys()
        outer = [n for n in names if n.rpartition('.')[0] not in names]
        to = ', '.join(f'<a href="#{page.module}.{n}"><code>{n}</code></a>' for n in outer)
        py = f'<a href="{self.git}/{page.py}"><code>{page.module}</code></a>'
        spots = ''.join(f'<span id="{i}"></span>' for i in ids)
        return [mk_cell(f'<div class="names">{spots}{py}: {to}</div>', 'markdown')] if names else []

    def code(self, c, page):
        "A code cell, less what its directives hide"
        opts,src = options(c.source)
        off = {k for k,v in opts.items() if v=='false'} | {k for k,d in hides.items() if d in c.directives_}
        if 'include' in off or not src and not c.outputs: return []
        new = mk_cell(src)
        new.outputs = c.outputs
        new.metadata = dict(tags=[f'remove-{t}' for t,o in (('input','echo'), ('output','output')) if o in off])
        if alt := opts.get('fig-alt', opts.get('fig-cap')): new.metadata['mystnb'] = dict(image=dict(alt=alt))
        if not exported(c) or 'echo' in off: return [new]
        new.metadata['tags'].append('exported')
        return [*self.anchors(c, page), new]

    def write(self, page, *more):
        "The notebook of `page`, with the Markdown `more` at its end"
        make = dict(markdown=self.text, code=self.code)
        cells = [o for c in page.nb.cells if c.cell_type in make for o in make[c.cell_type](c, page)]
        cells += [mk_cell(s, 'markdown') for s in more]
        nb = dict(nbformat=4, nbformat_minor=5, cells=[nb2dict(c)|dict(id=f'c{i}') for i,c in enumerate(cells)],
                  metadata=dict(language_info=dict(name='python', pygments_lexer='ipython3')))
        (self.src/page.file).write_text(json.dumps(nb), encoding='utf-8')

    def navigation(self, home):
        "Markdown of the navigation: the notebooks in their order, under captions, then the list of names"
        tree = {k:[] for k in groups} | {'Reference':['names', f'Source on GitHub <{self.cfg.git_url}>']}
        for p in self.pages.values():
            if p is not home: tree[group(p)].append(p.name)
        def part(k, v): return '\n'.join(['```{toctree}', ':hidden:', f':caption: "{k}"', '', *v, '```'])
        return [part(k, v) for k,v in tree.items() if v]

    def names_page(self):
        "Markdown of the list of names"
        lists = [(p, '\n'.join(name_links(s, self.names|p.links()) for s in p.listing())) for p in self.pages.values()]
        return '\n\n'.join(['# All names', *(f'## [{p.module}]({p.file})\n\n{s}' for p,s in lists if s)])+'\n'

    def write_all(self):
        home = self.pages[(Path(self.cfg.nbs_path)/self.cfg.readme_nb).resolve()]
        for p in self.pages.values():
            nb = p.path.relative_to(self.root).as_posix()
            note = f'*This page is the notebook [{nb}]({self.git}/{nb}).*'
            self.write(p, note, *(self.navigation(home) if p is home else []))
        (self.src/'names.md').write_text(self.names_page(), encoding='utf-8')
        (self.src/'site.css').write_text(css, encoding='utf-8')

def build(cfg, src, out, tmp):
    "Sphinx' pages of folder `src`, in folder `out`; a warning is an error"
    mathjax = next(f.locate() for f in files('sphinx-mathjax-offline') if f.name=='tex-svg.js') # all in one file
    conf = dict(project=cfg.title, author=cfg.author, copyright=cfg.copyright, release=cfg.version, language='en',
                extensions=['myst_nb', 'sphinx_copybutton'], html_theme='furo', html_title=cfg.title,
                html_static_path=[str(src/'site.css'), str(mathjax)], html_css_files=['site.css'],
                mathjax_path=mathjax.name, html_use_index=False, html_copy_source=False,
                nb_execution_mode='off', nb_output_stderr='remove',
                myst_enable_extensions=['dollarmath', 'amsmath'], myst_heading_anchors=4,
                myst_url_schemes=dict(http=None, https=None, mailto=None, site='{{path}}#{{fragment}}'))
    app = Sphinx(src, None, out, tmp, 'html', conf, status=None, warningiserror=True)
    app.build()
    if app.statuscode: sys.exit('Sphinx warns')

def css_urls(s): return re.findall(r'(?:url\(|@import )\s*["\']?([^"\')\s;]+)', s)

class Html(HTMLParser):
    "Of one page: the places to link to, the links, and what a browser loads for it"
    def __init__(self, path):
        super().__init__()
        self.ids,self.links,self.loads = [],[],[]
        self.feed(path.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        a = {k:v for k,v in attrs if v}
        self.ids += [a['id']] if 'id' in a else []
        self.links += [a[k] for k in ('href','action') if k in a and tag!='link']
        self.loads += [a[k] for k in ('src','poster','data') if k in a] + ([a['href']] if tag=='link' else [])
        self.loads += css_urls(a.get('style', ''))

    def handle_data(self, s):
        if self.lasttag=='style': self.loads += css_urls(s)

def place(url, page, base):
    "File and fragment in the site that `url` on `page` means; None for what is elsewhere"
    u = urlsplit(url.removeprefix(base))
    if u.scheme or u.netloc: return None,''
    return normpath(join(dirname(page), unquote(u.path))) if u.path else page,unquote(u.fragment)

def problems(out, base):
    "What is wrong with links, files and pages of the site in folder `out`, which is to stand at the address `base`"
    pages = {p.relative_to(out).as_posix():Html(p) for p in sorted(out.rglob('*.html'))}
    loads = [(n,url) for n,p in pages.items() for url in p.loads]
    styles = {p.relative_to(out).as_posix():p.read_text(encoding='utf-8') for p in sorted(out.rglob('*.css'))}
    loads += [(n,url) for n,s in styles.items() for url in css_urls(s)]
    for n,url in loads:
        file,_ = place(url, n, base)
        if file is None and not url.startswith('data:'): yield f'{n}: {url} is loaded from another host'
        if file and not (out/file).is_file(): yield f'{n}: {url} is missing'
    yield from (f'{n}: {k} places are called {i}' for n,p in pages.items() for i,k in Counter(p.ids).items() if k>1)
    to = {n:[] for n in pages}
    for n,url in ((n,url) for n,p in pages.items() for url in p.links):
        file,frag = place(url, n, base)
        if file is None: continue
        if not (out/file).is_file(): yield f'{n}: {url} leads nowhere'
        elif frag and file in pages and frag not in pages[file].ids: yield f'{n}: {url} leads to no place on the page'
        elif file in pages: to[n].append(file)
    reached,new = set(),{'index.html'}
    while new: reached,new = reached|new,{o for n in new for o in to[n]}-reached-new
    yield from (f'{n}: no links lead here' for n in pages if n not in reached)

def main():
    cfg = get_config()
    out = Path(cfg.doc_path)
    shutil.rmtree(out, ignore_errors=True)
    with TemporaryDirectory() as tmp:
        src = Path(tmp)/'src'
        src.mkdir()
        Source(cfg, src).write_all()
        build(cfg, src, Path(tmp)/'site', Path(tmp)/'doctrees') # MyST-NB writes beside the site too
        shutil.move(Path(tmp)/'site', out)
    bad = list(problems(out, f'{cfg.doc_host}{cfg.doc_baseurl}/'))
    print(*bad, f'{out.name}: {len(list(out.rglob("*.html")))} pages, {len(bad)} problems', sep='\n')
    sys.exit(bool(bad))

if __name__=='__main__': main()
