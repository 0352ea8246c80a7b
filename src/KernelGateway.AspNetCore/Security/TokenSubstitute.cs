using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Judges a request without the token, on a route that has another proof or another text for it.</summary>
/// <param name="request">The request.</param>
/// <returns>Null when the request may be served; else why it is refused.</returns>
internal delegate string? TokenSubstitute(HttpRequest request);
