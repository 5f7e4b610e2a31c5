/* SPDX-License-Identifier: MIT */
/*
 * The linear frame buffer in the mode that firmware chose (UEFI 2.10, 12.9).
 */
#include "boot.h"

static BOOLEAN rgb_order(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode, uint32_t *order)
{
    const EFI_PIXEL_BITMASK *mask = &mode->PixelInformation;

    if (mode->PixelFormat == PixelBlueGreenRedReserved8BitPerColor)
        *order = 1;
    else if (mode->PixelFormat == PixelRedGreenBlueReserved8BitPerColor)
        *order = 0;
    else if (mode->PixelFormat == PixelBitMask && mask->GreenMask == 0xff00 &&
             (mask->RedMask | mask->BlueMask) == 0xff00ff)
        *order = mask->BlueMask == 0xff;
    else
        return FALSE;
    return TRUE;
}

static BOOLEAN take(EFI_GRAPHICS_OUTPUT_PROTOCOL *gop, struct boot_framebuffer *out)
{
    uint32_t order;

    if (gop->Mode == NULL || gop->Mode->Info == NULL || gop->Mode->FrameBufferBase == 0 ||
        !rgb_order(gop->Mode->Info, &order))
        return FALSE;
    *out = (struct boot_framebuffer){
        .base = gop->Mode->FrameBufferBase,
        .bytes = gop->Mode->FrameBufferSize,
        .width = gop->Mode->Info->HorizontalResolution,
        .height = gop->Mode->Info->VerticalResolution,
        .pixels_per_line = gop->Mode->Info->PixelsPerScanLine,
        .rgb_order = order,
    };
    return (uint64_t)out->pixels_per_line * out->height * 4 <= out->bytes;
}

/* Root gets it, too, where it can be mapped by pages. */
static void show_root(const struct boot_info *info)
{
    const struct boot_framebuffer *fb = &info->framebuffer;
    struct start_info *root = memory_root_info(info);

    if (fb->base % PAGE)
        return;
    root->fb_width = fb->width;
    root->fb_height = fb->height;
    root->fb_line_bytes = fb->pixels_per_line * 4;
}

void screen_find(struct boot_info *info)
{
    EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    EFI_GRAPHICS_OUTPUT_PROTOCOL *gop;
    EFI_HANDLE *handle;
    UINTN count;

    if (EFI_ERROR(SERVICES->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handle)))
        return;
    for (UINTN i = 0; i < count; i++) {
        if (EFI_ERROR(SERVICES->HandleProtocol(handle[i], &guid, (void **)&gop)))
            continue;
        if (take(gop, &info->framebuffer)) {
            show_root(info);
            say("screen: %u x %u", info->framebuffer.width, info->framebuffer.height);
            break;
        }
        info->framebuffer.base = 0;
    }
    SERVICES->FreePool(handle);
}
