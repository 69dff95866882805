"""纸质件: what is signed on paper and recorded on the site: 线下签批, 代录, 线下审核."""
