using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary>What part of a file a request wants, and whether at all.</summary>
/// <param name="Status">200, 206, 304, 412 or 416.</param>
/// <param name="Offset">Where the part begins.</param>
/// <param name="Count">Its length.</param>
/// <remarks>
/// RFC 9110, sections 13 and 14. Files have no entity tags: a list of them matches nothing, <c>*</c> matches. A request for several
/// ranges gets the whole file.
/// </remarks>
internal readonly record struct DownloadCondition(int Status, long Offset, long Count)
{
    /// <summary>Judges a request for a file of known length.</summary>
    public static DownloadCondition Create(HttpRequest request, DateTimeOffset modified, long length)
    {
        var whole = new DownloadCondition(StatusCodes.Status200OK, 0, length);
        var headers = request.GetTypedHeaders();

        // Dates in headers have whole seconds.
        modified = DateTimeOffset.FromUnixTimeSeconds(modified.ToUnixTimeSeconds());
        if (headers.IfMatch is { Count: > 0 } required && !required.Contains(EntityTagHeaderValue.Any))
            return new DownloadCondition(StatusCodes.Status412PreconditionFailed, 0, 0);
        if (headers.IfMatch is not { Count: > 0 } && headers.IfUnmodifiedSince is { } unmodified && modified > unmodified)
            return new DownloadCondition(StatusCodes.Status412PreconditionFailed, 0, 0);
        if (headers.IfNoneMatch is { Count: > 0 } unwanted)
        {
            if (unwanted.Contains(EntityTagHeaderValue.Any)) return new DownloadCondition(StatusCodes.Status304NotModified, 0, 0);
        }
        else if (headers.IfModifiedSince is { } since && modified <= since)
        {
            return new DownloadCondition(StatusCodes.Status304NotModified, 0, 0);
        }

        if (headers.Range is not { Ranges.Count: 1 } range || !range.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase)) return whole;
        if (headers.IfRange is { } last && (last.LastModified is not { } date || date != modified)) return whole;
        return Select(range.Ranges.Single(), length);
    }

    private static DownloadCondition Select(RangeItemHeaderValue range, long length)
    {
        long first;
        var end = length;
        if (range.From is { } from)
        {
            first = from;
            if (range.To is { } to) end = Math.Min(to + 1, length);
        }
        else
        {
            first = Math.Max(length - range.To!.Value, 0);
            if (range.To == 0) first = length;
        }

        return first < end
            ? new DownloadCondition(StatusCodes.Status206PartialContent, first, end - first)
            : new DownloadCondition(StatusCodes.Status416RangeNotSatisfiable, 0, 0);
    }
}
