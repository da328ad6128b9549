/** Ids of resources as they stand in texts, and the pages where these resources are. */

const ID = /\b(?:tr-attach|vco|cgw|cen|tr|vpc|vsw|vtb|tun)-[a-z0-9]{16,20}\b/g;

const PAGES: Record<string, (id: string) => string> = {
  vco: (id) => `/connections/${id}`,
  cgw: (id) => `/customer-gateways?find=${id}`,
  cen: (id) => `/cens?find=${id}`,
  tr: (id) => `/routers/${id}`,
  "tr-attach": (id) => `/attachments/${id}`,
  vpc: (id) => `/vpcs?find=${id}`,
  vsw: (id) => `/vpcs?vswitch=${id}`,
};

/** Gives the page of a resource; nothing for what has no page of its own. */
export function pageOf(id: string): string | undefined {
  return PAGES[id.slice(0, id.lastIndexOf("-"))]?.(id);
}

export interface Piece {
  text: string;
  page?: string;
}

/** Cuts a text at the ids in it. */
export function cutAtIds(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(ID)) {
    if (found.index > end) pieces.push({ text: text.slice(end, found.index) });
    pieces.push({ text: found[0], page: pageOf(found[0]) });
    end = found.index + found[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}
