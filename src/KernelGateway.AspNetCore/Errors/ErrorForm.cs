using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Errors;

/// <summary>How the errors of a route look. It stands among the route's metadata, for what answers before the route's handler does.</summary>
/// <param name="context">The request.</param>
/// <param name="status">The status.</param>
/// <param name="code">What went wrong, as a word for programs.</param>
/// <param name="detail">What went wrong, as a sentence for people.</param>
internal delegate Task ErrorForm(HttpContext context, int status, string code, string detail);
