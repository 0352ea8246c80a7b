using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.Responses;

/// <summary>The header by which browsers store a response as a file.</summary>
internal static class Attachment
{
    /// <summary>Sets <c>Content-Disposition</c> with the name of the file.</summary>
    public static void Set(ResponseHeaders headers, string name)
    {
        var value = new ContentDispositionHeaderValue("attachment");
        value.SetHttpFileName(name);
        headers.ContentDisposition = value;
    }
}
