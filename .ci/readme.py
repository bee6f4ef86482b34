"Write README.md and its pictures from the index notebook, with nbdev's own processors and without Quarto."
import re,shutil
from base64 import b64decode
from pathlib import Path
from posixpath import join,normpath
from execnb.nbio import read_nb
from nbdev.config import get_config
from nbdev.frontmatter import FrontmatterProc
from nbdev.processors import FilterDefaults,add_links,add_show_docs,exec_show_docs,insert_warning

class Filter(FilterDefaults):
    "nbdev's processors, less those that run code, link to a documentation site or write Quarto's own markup"
    skip = FrontmatterProc,add_links,add_show_docs,exec_show_docs,insert_warning
    def base_procs(self): return [p for p in super().base_procs() if p not in self.skip]

def options(src):
    "Quarto's options (`#| echo: false`), which nbdev leaves at the head of a cell, and the rest of its source"
    opts = {k:v.strip().strip('"\'') for k,v in re.findall(r'^#\|\s*([\w-]+):(.*)$', src, flags=re.M)}
    return opts,re.sub(r'^#\|.*\n?', '', src, flags=re.M).strip()

def relink(md, folder):
    "Markdown `md` with its relative links, written from `folder`, made relative to the top of the repository"
    def fix(m): return m[1]+normpath(join(folder, m[2]))
    parts = re.split(r'(^```.*?^```|`[^`\n]+`)', md, flags=re.M|re.S) # odd parts are code
    parts[::2] = [re.sub(r'(\]\(|(?:src|href)=")(?![a-zA-Z]+:|[/#])([^)\s"]+)', fix, p) for p in parts[::2]]
    return ''.join(parts)

class Pictures:
    "Numbered picture files in `folder` (stale ones removed), linked from `root`"
    types = {'image/png':'png', 'image/jpeg':'jpg', 'image/gif':'gif'}
    def __init__(self, folder, root):
        self.folder,self.root,self.n = folder,root,0
        shutil.rmtree(folder, ignore_errors=True)

    def add(self, data):
        "Address of the picture in MIME bundle `data`, written to its file; None without a picture"
        for mime,ext in self.types.items():
            if mime not in data: continue
            self.n += 1
            self.folder.mkdir(exist_ok=True)
            p = self.folder/f'{self.n}.{ext}'
            p.write_bytes(b64decode(''.join(data[mime])))
            return p.relative_to(self.root).as_posix()

def indent(s): return '\n'.join('    '+l if l else '' for l in ''.join(s).rstrip().splitlines())

def output_md(o, pics, alt):
    "Markdown of one output: its picture, its Markdown or its plain text; warnings and progress bars are left out"
    if o['output_type']=='stream': return indent(o['text']) if o['name']=='stdout' else ''
    d = o.get('data', {})
    if link := pics.add(d): return f'![{alt}]({link})'
    return ''.join(d['text/markdown']).strip() if 'text/markdown' in d else indent(d.get('text/plain', ''))

def cell_md(c, pics, folder):
    "Markdown paragraphs of one processed cell"
    if c.cell_type=='markdown':
        md = relink(c.source.strip(), folder)
        for name,data in (c.get('attachments') or {}).items(): md = md.replace(f'](attachment:{name})', f']({pics.add(data)})')
        return [md]
    if c.cell_type!='code': return []
    opts,src = options(c.source)
    def shown(k): return opts.get(k)!='false'
    if not shown('include'): return []
    alt = opts.get('fig-alt', opts.get('fig-cap', ''))
    code = [f"```{c.metadata.get('language', 'python')}\n{src}\n```"] if src and shown('echo') else []
    return code + [output_md(o, pics, alt) for o in c.get('outputs', []) if shown('output')]

def main():
    cfg = get_config()
    root,path = Path(cfg.config_path),Path(cfg.nbs_path)/cfg.readme_nb
    nb,folder = read_nb(path),path.parent.relative_to(root).as_posix()
    Filter()(nb)
    pics = Pictures(path.with_name(path.stem+'_files'), root)
    md = [s for c in nb.cells for s in cell_md(c, pics, folder) if s]
    head = f'<!-- Written by .ci/readme.py from {folder}/{path.name}: edit the notebook, not this file. -->'
    (root/'README.md').write_text('\n\n'.join([head, *md])+'\n', encoding='utf-8')

if __name__=='__main__': main()
