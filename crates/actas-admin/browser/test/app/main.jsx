import { createRoot } from 'react-dom/client'

import 'actas'
import { useAuth } from 'actas/react'

function Who() {
  const { isLoaded, userId, actor } = useAuth()
  if (!isLoaded) {
    return <p>…</p>
  }
  return <p>{actor ? `${actor.sub} acts as ${userId}` : (userId ?? 'nobody')}</p>
}

createRoot(document.getElementById('root')).render(
  <>
    <impersonation-banner user-name="Ann" onactas-ended={(event) => event.preventDefault()} />
    <Who />
  </>,
)
